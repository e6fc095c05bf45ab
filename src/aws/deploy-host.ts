// The toolkit's ear and mouth: its messages become events, matched by code; its questions get the answer that dlp has
// already decided on, and a question nobody foresaw is refused (the stock host would say yes, even to destroy).
import type { IIoHost, IoMessage, IoRequest } from '@aws-cdk/toolkit-lib';
import { DlpError } from '../core/errors.js';
import type { EngineReport } from '../core/deployment.js';
import type { Emit, Outcome } from '../core/events.js';
import type { StackOutcome, StackSummary } from '../core/ports.js';

interface StackEvent { LogicalResourceId?: string; ResourceStatus?: string; ResourceStatusReason?: string; ResourceType?: string; StackName?: string }
interface Artifact { stackName?: string; metadata?: Readonly<Record<string, readonly { type: string; data?: unknown }[]>> }
interface Payload {
  deployment?: string;
  stackName?: string;
  stack?: Artifact;
  event?: StackEvent;
  progress?: { completed?: number; total?: number };
  metadata?: { constructPath?: string };
  outputs?: Record<string, string>;
  noOp?: boolean;
  stackArn?: string;
}

/** Questions that begin() answers with yes: approval came before. */
const APPROVED = new Set(['CDK_TOOLKIT_I5060', 'CDK_TOOLKIT_I7010', 'CDK_TOOLKIT_I5050']);

/** The toolkit has no code of its own for it: going on with the caller's rights instead of a role's. */
const CALLER_ROLE = /could not be used to assume '([^']+)'.*Proceeding anyway/s;

export class DeployHost implements IIoHost {
  private emit: Emit = () => undefined;
  private stepId: string | undefined;
  private approved = false;
  private open = new Set<string>();
  private started = new Set<string>();
  private stopped: () => boolean = () => false;
  private callerRole = false;
  private artifacts = new Map<string, Artifact>();
  private names = new Map<string, string>();
  private ids = new Map<string, string>();
  private done: StackOutcome[] = [];
  private reasons: string[] = [];

  /** Everything that happens from here on belongs to one step. */
  attach(emit: Emit, stepId?: string): void {
    this.emit = emit;
    this.stepId = stepId;
    this.open.clear();
    this.approved = true;
    this.reasons = [];
  }

  /** Announces the stacks and approves what the toolkit will ask about them. @param begun.stopped true: no further stack is begun @param begun.callerRole may go on without the roles of the bootstrap */
  begin({ emit, stacks, stopped = () => false, callerRole = false }: { emit: Emit; stacks: readonly StackSummary[]; stopped?: () => boolean; callerRole?: boolean }): void {
    this.attach(emit);
    this.stopped = stopped;
    this.callerRole = callerRole;
    this.ids = new Map(stacks.map((stack) => [stack.name, stack.id]));
    this.open = new Set(this.ids.keys());
    this.started = new Set();
    this.done = [];
    emit({ type: 'group', steps: stacks.map(({ name, id }) => ({ id: name, title: id })) });
  }

  /** Closes the steps of stacks that never came to an end of their own. */
  end(): void {
    for (const name of this.open) this.close(name, this.started.has(name) ? 'failed' : 'skipped', this.started.has(name) ? 'failed' : 'not reached');
    this.approved = false;
  }

  /** In the order in which the stacks were announced, not the chance order of their ends. */
  outcomes(): readonly StackOutcome[] {
    const order = [...this.ids.keys()];
    return this.done.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  }

  /** What went wrong, resource by resource; empty when nothing was seen. */
  failures(): string {
    return this.reasons.join('\n');
  }

  /** Hands over the stacks whose end the toolkit did not tell: their steps are the caller's to end. */
  report(error: unknown): EngineReport {
    const unended = [...this.open].map((name) => ({ name, begun: this.started.has(name) }));
    this.open.clear();
    this.approved = false;
    return { outcomes: this.outcomes(), failures: this.reasons, unended, error };
  }

  async notify(message: IoMessage<unknown>): Promise<void> {
    const data = (message.data ?? {}) as Payload;
    switch (message.code) {
      case 'CDK_TOOLKIT_I5100': return this.refuseWhenStopped();
      case 'CDK_TOOLKIT_I5501': return this.onStart(data);
      case 'CDK_TOOLKIT_I5502': return this.onEvent(data);
      case 'CDK_TOOLKIT_I5900': return this.onDeployed(data);
      case 'CDK_TOOLKIT_I7900': return this.onDeleted(data);
      default: return this.refuseCallerRole(message.message);
    }
  }

  async requestResponse<T>(request: IoRequest<unknown, T>): Promise<T> {
    this.refuseWhenStopped();
    if (this.approved && APPROVED.has(request.code)) return true as T;
    throw new DlpError('APPROVAL_NEEDED', `the CDK asked something that nobody approved (${request.code}): ${request.message}`);
  }

  private refuseWhenStopped(): void {
    if (this.stopped()) throw new DlpError('INTERRUPTED', 'no further stack is begun');
  }

  private refuseCallerRole(text: string): void {
    const [, role] = CALLER_ROLE.exec(text) ?? [];
    if (role && !this.callerRole) throw new DlpError('ROLE_REFUSED', `${role} could be assumed at first and then no more`);
  }

  private onStart(data: Payload): void {
    const name = data.stackName ?? data.stack?.stackName;
    if (!name || !data.deployment) return;
    this.names.set(data.deployment, name);
    if (data.stack) this.artifacts.set(name, data.stack);
    this.started.add(name);
    this.say(name, 'starting');
  }

  private onEvent({ deployment, event, progress, metadata }: Payload): void {
    const name = this.names.get(deployment ?? '');
    if (!name || !event) return;
    const what = metadata?.constructPath ?? event.LogicalResourceId ?? '';
    // A resource that was only cancelled because another failed is no reason; CloudFormation has no code for it, just this word.
    if (event.ResourceStatus?.endsWith('_FAILED') && event.ResourceStatusReason && !/cancelled/i.test(event.ResourceStatusReason)) {
      const line = sourceLine(this.artifacts.get(name), event.LogicalResourceId);
      this.reasons.push(`${name}: ${what} (${event.ResourceType ?? ''}): ${event.ResourceStatusReason}${line ? `\n  asked for in ${line}` : ''}`);
    }
    const count = progress?.total ? `${progress.completed ?? 0}/${progress.total} ` : '';
    this.say(name, `${count}${event.ResourceStatus ?? ''} ${what}`);
  }

  private onDeployed(data: Payload): void {
    const name = data.stackArn?.split('/')[1];
    if (!name) return;
    const result = data.noOp ? 'unchanged' : 'deployed';
    this.done.push({ id: this.ids.get(name) ?? name, name, result, outputs: data.outputs ?? {} });
    this.close(name, 'done', result);
  }

  private onDeleted(data: Payload): void {
    const name = data.stackName;
    if (!name) return;
    this.done.push({ id: this.ids.get(name) ?? name, name, result: 'deleted', outputs: {} });
    this.close(name, 'done', 'deleted');
  }

  private say(name: string, text: string): void {
    if (this.stepId) this.emit({ type: 'progress', id: this.stepId, text });
    else if (this.open.has(name)) this.emit({ type: 'progress', id: name, text });
  }

  private close(name: string, outcome: Outcome, text: string): void {
    if (!this.open.delete(name)) return;
    this.emit({ type: 'ended', id: name, outcome, text });
  }
}

/** Where our own code made the resource, such as `src/infra/stacks/vpc.ts:40:17`; the CDK records it while it synthesizes. */
function sourceLine({ metadata = {} }: Artifact = {}, logicalId: string | undefined): string | undefined {
  const entries = Object.values(metadata).find((candidates) => candidates.some((entry) => entry.type === 'aws:cdk:logicalId' && entry.data === logicalId));
  const frames = entries?.find((entry) => entry.type === 'aws:cdk:creationStack')?.data;
  if (!Array.isArray(frames)) return undefined;
  return frames.map((frame) => /(?:src|dist)\/infra\/[^)\s]+/.exec(String(frame))?.[0]).find((frame) => frame !== undefined);
}

// A lake in memory behind the ports of a deployment: stacks with templates and outputs, an engine that deploys them, a
// lock, a record, Git. Everything is remembered, and each part can be told to behave otherwise.
import { createHash } from 'node:crypto';
import type { DeployJournal, EngineDeployOptions, EngineReport, GitState } from '../../src/core/deployment.js';
import type { DeployRecord, LockHolder } from '../../src/core/deploy-records.js';
import type { Environment, EnvironmentName } from '../../src/core/environment.js';
import type { Plan, TemplateDifference } from '../../src/core/plan.js';
import type { DeployedStack, SynthesizedStack } from '../../src/core/ports.js';
import type { DeployInput } from '../../src/operations/deploy-lake.js';
import { environment, identity, recorder } from './fakes.js';

export function synthesized(short: string, extra: Partial<SynthesizedStack> = {}): SynthesizedStack {
  return {
    id: `Dev/DevDataLakeInfrastructure${short}`, name: `Dev-DataLakeInfrastructure${short}`, dependencies: [], template: { Resources: { [short]: { Type: 'AWS::X::Y' } } },
    paths: {}, terminationProtection: false, tags: {}, ...extra,
  };
}

export function deployed(stack: Pick<SynthesizedStack, 'name'>, extra: Partial<DeployedStack> = {}): DeployedStack {
  return {
    name: stack.name, arn: `arn:stack/${stack.name}/1`, status: 'CREATE_COMPLETE', statusReason: null, createdAt: '2026-01-01T00:00:00.000Z', updatedAt: null,
    outputs: {}, tags: {}, terminationProtection: false, ...extra,
  };
}

const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Says of each resource whether it is new, gone or other; nothing of what that means. */
export const plainDiffer = {
  compare(before: object | undefined, after: object): TemplateDifference {
    const [old, now] = [before, after].map((template) => (template as { Resources?: Record<string, unknown> } | undefined)?.Resources ?? {}) as [Record<string, unknown>, Record<string, unknown>];
    const resources = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((id) => JSON.stringify(old[id]) !== JSON.stringify(now[id]))
      .map((logicalId) => ({ logicalId, path: logicalId, type: 'AWS::X::Y', action: old[logicalId] === undefined ? 'create' as const : now[logicalId] === undefined ? 'delete' as const : 'update' as const, properties: [] }));
    return { resources, outputs: [], widening: [], other: [] };
  },
  describe: () => 'a difference',
  digest,
};

export class FakeLake {
  readonly code: SynthesizedStack[];
  readonly account = new Map<string, DeployedStack>();
  readonly templates = new Map<string, object>();
  readonly calls: string[] = [];
  readonly records: DeployRecord[] = [];
  readonly said = recorder();
  lock: LockHolder | undefined;
  gitState: GitState | undefined = { commit: 'abc', branch: 'main', clean: true };
  version: number | undefined = 31;
  /** Why each of the bootstrap's roles cannot be assumed. */
  refusal: string | undefined;
  /** What a deployment does in place of success. */
  behave: (options: EngineDeployOptions) => Promise<EngineReport> = (options) => this.succeed(options);
  press: () => void = () => undefined;
  private clock = 0;

  constructor(...shorts: string[]) {
    this.code = shorts.map((short) => synthesized(short));
  }

  /** As after a deployment of this code. */
  put(stack: SynthesizedStack, extra: Partial<DeployedStack> = {}): void {
    this.clock += 1;
    const old = this.account.get(stack.name);
    const updatedAt = old ? new Date(Date.UTC(2026, 0, 2, 0, 0, this.clock)).toISOString() : null;
    this.account.set(stack.name, deployed(stack, { status: old ? 'UPDATE_COMPLETE' : 'CREATE_COMPLETE', updatedAt, tags: stack.tags, terminationProtection: stack.terminationProtection, outputs: old?.outputs ?? {}, ...extra }));
    this.templates.set(stack.name, stack.template);
  }

  async succeed({ stacks, emit }: EngineDeployOptions): Promise<EngineReport> {
    for (const { name } of stacks) this.put(this.code.find((stack) => stack.name === name)!);
    emit({ type: 'group', steps: stacks.map(({ id, name }) => ({ id: name, title: id })) });
    return { outcomes: stacks.map(({ id, name }) => ({ id, name, result: 'deployed', outputs: {} })), failures: [], unended: [], error: undefined };
  }

  journal: DeployJournal = {
    claim: async (me) => { this.calls.push('lock'); if (this.lock) return this.lock; this.lock = me; return undefined; },
    release: async (nonce) => { this.calls.push('release'); if (this.lock?.nonce === nonce) this.lock = undefined; },
    holder: async () => this.lock,
    record: async (entry) => { this.records.push(entry); },
    last: async () => this.records.at(-1),
  };

  /** Everything that `deployLake` takes. */
  input(name: EnvironmentName = 'dev', extra: Partial<DeployInput> & { settings?: object; caller?: string } = {}): DeployInput & { approved: { plan: Plan; needed: readonly { flag: string }[] }[] } {
    const where: Environment = environment(name, extra.settings);
    const approved: { plan: Plan; needed: readonly { flag: string }[] }[] = [];
    return {
      environment: where, identity: identity(extra.caller ?? where.account), emit: this.said.emit, differ: plainDiffer, journal: this.journal,
      templates: { stacks: async () => this.code },
      stacks: { outputs: async () => undefined, list: async () => [...this.account.values()], template: async (stack) => this.templates.get(stack) as Record<string, unknown> | undefined },
      engine: {
        bootstrap: async () => { this.calls.push('bootstrap'); return 'created'; },
        deploy: async (options) => { this.calls.push(`deploy ${options.stacks.map((stack) => stack.name.replace(/.*Infrastructure/, '')).join(' ')}${options.force ? ' (force)' : ''}`); return this.behave(options); },
        destroy: async () => [],
      },
      control: {
        settled: async (stack) => this.account.get(stack)?.status,
        cancelUpdate: async (stack) => { this.calls.push(`cancel ${stack.replace(/.*Infrastructure/, '')}`); return true; },
        liftProtection: async (stack) => { this.calls.push(`lift ${stack.replace(/.*Infrastructure/, '')}`); },
        failures: async (stack) => [`${stack}: Thing (AWS::X::Y): no`],
      },
      account: { version: async () => this.version, assume: async () => this.refusal },
      git: { state: async () => this.gitState },
      processes: { host: 'here', pid: 7, startOf: (pid) => (pid === 7 ? 'boot:7' : undefined) },
      interrupts: { listen: (heard) => { let count = 0; this.press = () => heard(count += 1); return () => { this.press = () => undefined; }; } },
      patterns: [], given: { yes: false, allowReplace: [], allowIam: [] }, forceGit: false, allowCallerRole: false, breakLock: false, concurrency: 4, planOnly: false,
      approve: async (plan, needed) => { approved.push({ plan, needed }); },
      now: () => new Date('2026-11-24T10:00:00Z'), nonce: 'mine', version: '0.1.0',
      ...extra, approved,
    };
  }
}

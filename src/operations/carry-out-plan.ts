// Carries a plan out, and finds out what came of it: the toolkit works, CloudFormation has the last word. A poll that was
// throttled is no failed deployment, and a deployment that was cancelled is no success.
import { compareTemplate } from '../core/compare-code.js';
import type { EngineReport, Interrupts, StackControl } from '../core/deployment.js';
import { DlpError } from '../core/errors.js';
import type { Emit, Outcome } from '../core/events.js';
import { isTransient } from '../core/known-errors.js';
import { changedStacks, readersOf, type Plan } from '../core/plan.js';
import type { DeployedStack, DeployedStacks, Engine, StackOutcome, SynthesizedStack } from '../core/ports.js';
import { isSound } from '../core/stack-state.js';

export interface CarryOutInput {
  readonly plan: Plan;
  /** Those of the plan. */
  readonly chosen: readonly SynthesizedStack[];
  /** All that the code has. */
  readonly all: readonly SynthesizedStack[];
  readonly engine: Pick<Engine, 'deploy'>;
  readonly stacks: Pick<DeployedStacks, 'list' | 'template'>;
  readonly control: StackControl;
  readonly interrupts: Interrupts;
  readonly emit: Emit;
  /** Stacks side by side. */
  readonly concurrency: number;
  readonly allowCallerRole: boolean;
}

export interface CarriedOut {
  /** In the order of the plan. */
  readonly stacks: readonly StackOutcome[];
  readonly failures: readonly string[];
  /** What ended it although nothing failed in CloudFormation; undefined otherwise. */
  readonly error: unknown;
  /** Ctrl-C was pressed, and what was in flight has come to its end. */
  readonly interrupted: boolean;
}

type Result = StackOutcome['result'];

/** Attempts when AWS was busy or the network broke; what is done by then is not done again. */
const ROUNDS = 4;

/** @throws INTERRUPTED upon a second Ctrl-C: CloudFormation goes on by itself */
export async function carryOutPlan(input: CarryOutInput): Promise<CarriedOut> {
  const { plan, chosen, control, emit, interrupts } = input;
  const wanted = new Set(changedStacks(plan).map((stack) => stack.name));
  let presses = 0;
  let detach: (error: DlpError) => void = () => undefined;
  const detached = new Promise<never>((_resolve, reject) => { detach = reject; });
  detached.catch(() => undefined);
  const forget = interrupts.listen(() => {
    presses += 1;
    if (presses > 1) return detach(new DlpError('INTERRUPTED', 'left while CloudFormation goes on by itself', { hint: `\`dlp status --env ${plan.environment} --watch\` shows how it goes, \`dlp deploy --env ${plan.environment}\` takes it up again` }));
    emit({ type: 'warning', text: 'Ctrl-C: nothing more is begun, updates in progress are undone, creations are waited for (Ctrl-C again leaves at once)' });
    for (const name of wanted) control.cancelUpdate(name).catch((error: Error) => emit({ type: 'warning', text: `${name} could not be cancelled: ${error.message}` }));
    return undefined;
  });
  try {
    return await Promise.race([work(input, chosen.filter((stack) => wanted.has(stack.name)), () => presses > 0), detached]);
  } finally {
    forget();
  }
}

async function work(input: CarryOutInput, todo: readonly SynthesizedStack[], stopped: () => boolean): Promise<CarriedOut> {
  const { plan, chosen, all, stacks, emit } = input;
  const before = byName(await stacks.list());
  const results = new Map<string, Result>();
  const failures: string[] = [];
  let error = await deployAll(input, { todo, before, results, failures, force: false, stopped });

  // A weak reference is read when its reader is deployed: what was not deployed after its source changed still has the old value.
  let known = before;
  for (let rounds = 0; rounds < chosen.length && failures.length === 0 && error === undefined && !stopped(); rounds += 1) {
    const now = byName(await stacks.list());
    const stale = readersOf(changedOutputs(known, now), all).filter((stack) => now.has(stack.name) && !results.has(stack.name));
    const outside = stale.filter((stack) => !chosen.includes(stack));
    if (outside.length > 0) emit({ type: 'warning', text: `outputs have changed that these stacks read, deploy them as well: ${outside.map((stack) => stack.id).join(', ')}` });
    const again = stale.filter((stack) => chosen.includes(stack));
    if (again.length === 0) break;
    known = now;
    error = await deployAll(input, { todo: again, before: now, results, failures, force: true, stopped });
    const blind = again.filter((stack) => results.get(stack.name) === 'unchanged');
    if (blind.length > 0) emit({ type: 'warning', text: `CloudFormation sees no change in stacks that read outputs which have changed; look whether they still hold the old values: ${blind.map((stack) => stack.id).join(', ')}` });
  }

  const after = byName(await stacks.list());
  return {
    stacks: chosen.map(({ id, name }) => {
      const unchanged = plan.stacks.find((stack) => stack.name === name)?.action === 'unchanged';
      return { id, name, result: results.get(name) ?? (unchanged ? 'unchanged' : 'not reached'), outputs: after.get(name)?.outputs ?? {} };
    }),
    failures,
    error,
    interrupted: stopped(),
  };
}

interface Attempt {
  readonly todo: readonly SynthesizedStack[];
  readonly before: ReadonlyMap<string, DeployedStack>;
  readonly results: Map<string, Result>;
  readonly failures: string[];
  readonly force: boolean;
  readonly stopped: () => boolean;
}

/** @returns what ended it although nothing failed in CloudFormation: it never came so far */
async function deployAll(input: CarryOutInput, { todo, before, results, failures, force, stopped }: Attempt): Promise<unknown> {
  const { engine, emit, concurrency, allowCallerRole: callerRole } = input;
  for (let round = 1, left = todo; left.length > 0; round += 1) {
    const report = await engine.deploy({ stacks: left, emit, concurrency, force, callerRole, stopped });
    const now = byName(await input.stacks.list());
    // A claim counts when CloudFormation says the same.
    for (const { name, result } of report.outcomes) results.set(name, isSound(now.get(name)?.status ?? '') || result === 'unchanged' ? result : 'failed');
    const judged = await judge(input, report, left, before);
    for (const [name, result] of judged) results.set(name, result);
    const failed = left.filter((stack) => results.get(stack.name) === 'failed');
    const told = failed.length > 0 ? await reasonsOf(input, report, failed) : [];
    failures.push(...told);
    left = left.filter((stack) => results.get(stack.name) === 'not reached');
    if (report.error === undefined || stopped() || left.length === 0) break;
    if (!isTransient(report.error) || round === ROUNDS) return failed.length === 0 ? report.error : undefined;
    emit({ type: 'warning', text: `${(report.error as Error).message}: ${left.length} stacks are tried again` });
    for (const stack of left) results.delete(stack.name);
  }
  return undefined;
}

/** The stacks that the toolkit lost sight of, as CloudFormation knows them; ends their steps on the screen. */
async function judge({ stacks, control, emit }: CarryOutInput, { unended }: EngineReport, todo: readonly SynthesizedStack[], before: ReadonlyMap<string, DeployedStack>): Promise<ReadonlyMap<string, Result>> {
  const judged = new Map<string, Result>();
  await Promise.all(unended.map(async ({ name }) => {
    await control.settled(name, (text) => emit({ type: 'progress', id: name, text }));
    const now = (await stacks.list()).find((stack) => stack.name === name);
    const proposed = todo.find((stack) => stack.name === name)!.template;
    const sameTemplate = async () => compareTemplate(proposed, await stacks.template(name)) === 'same';
    const old = before.get(name);
    const untouched = old?.arn === now?.arn && old?.updatedAt === now?.updatedAt && old?.status === now?.status;
    const result: Result = !now || now.status === 'REVIEW_IN_PROGRESS' || untouched ? 'not reached' : isSound(now.status) && await sameTemplate() ? 'deployed' : 'failed';
    judged.set(name, result);
    emit({ type: 'ended', id: name, outcome: ENDINGS[result] ?? 'done', text: result === 'failed' ? now!.status : result });
  }));
  return judged;
}

const ENDINGS: Partial<Record<Result, Outcome>> = { failed: 'failed', 'not reached': 'skipped' };

async function reasonsOf({ control }: CarryOutInput, report: EngineReport, failed: readonly SynthesizedStack[]): Promise<string[]> {
  const reasons = await Promise.all(failed.map(async ({ name }) => {
    const seen = report.failures.filter((reason) => reason.startsWith(`${name}:`));
    return seen.length > 0 ? seen : control.failures(name);
  }));
  const found = reasons.flat();
  return found.length > 0 ? found : failed.map(({ name }) => `${name} failed: ${(report.error as Error | undefined)?.message ?? 'no reason is recorded'}`);
}

function byName(stacks: readonly DeployedStack[]): ReadonlyMap<string, DeployedStack> {
  return new Map(stacks.map((stack) => [stack.name, stack]));
}

/** Outputs that had another value before; those of stacks that are new are new to their readers as well. */
function changedOutputs(before: ReadonlyMap<string, DeployedStack>, after: ReadonlyMap<string, DeployedStack>): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...after].map(([name, { outputs }]) => {
    const old = before.get(name)?.outputs ?? {};
    return [name, new Set(Object.keys(outputs).filter((key) => outputs[key] !== old[key]))];
  }));
}

// The parts of `dlp status` that take more than one question. Each throws when it cannot be read; read-status.ts says so.
import { compareTemplate, type Comparison } from '../core/compare-code.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { jobFreshness } from '../core/job-freshness.js';
import { toDlpError } from '../core/known-errors.js';
import { jobStackShortName, stackName } from '../core/names.js';
import type { DeployedStack, DeployedStacks } from '../core/ports.js';
import type { Run } from '../core/run.js';
import { shortName } from '../core/select-stacks.js';
import { byDeployment, stackState } from '../core/stack-state.js';
import type { JobStatus, MartStatus, OpenAlarm, StackDrift, StackStatus, StatusPorts } from '../core/status.js';
import { inParallel } from './in-parallel.js';
import { readDeployedJobs, readRuns } from './read-runs.js';

const AT_ONCE = 8;

export async function readStacks({ stacks, events }: { readonly stacks: Pick<DeployedStacks, 'list'>; readonly events: StatusPorts['events'] }): Promise<readonly StackStatus[]> {
  const all = await inParallel(await stacks.list(), AT_ONCE, async (stack) => toStackStatus(stack, events));
  return all.toSorted((a, b) => byDeployment(a.short, b.short));
}

async function toStackStatus({ name, status, createdAt, updatedAt, outputs }: DeployedStack, events: StatusPorts['events']): Promise<StackStatus> {
  const state = stackState(status);
  // Only more detail: a stack is shown also to whoever may not read its events.
  const last = state === 'complete' ? undefined : await events.lastOperation(name).catch(() => undefined);
  return {
    name, short: shortName(name), status, state, outputs, changedAt: updatedAt ?? (createdAt || null),
    latest: state === 'in progress' ? last?.latest ?? null : null,
    failure: state === 'in progress' ? null : last?.failure ?? null,
  };
}

const DETECTABLE = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED']);

export async function detectDrift({ drift }: StatusPorts, stacks: readonly StackStatus[]): Promise<readonly StackDrift[]> {
  return inParallel(stacks, AT_ONCE, async ({ name, short, status }) => {
    const unknown = (reason: string): StackDrift => ({ name, short, drift: 'UNKNOWN', resources: [], reason });
    if (!DETECTABLE.has(status)) return unknown(`CloudFormation looks for no drift in ${status}`);
    try {
      return { name, short, ...await drift.detect(name) };
    } catch (thrown) {
      const error = toDlpError(thrown);
      // One stack may be busy or gone by now; what is true of the caller is true of all stacks.
      if (error.code === 'AWS_ERROR') return unknown(error.message);
      throw error;
    }
  });
}

/** Also of stacks that are only there or only here. */
export async function compareCode({ stacks, code }: StatusPorts, deployed: readonly StackStatus[]): Promise<Readonly<Record<string, Comparison>>> {
  const bodies = new Map((await (await code()).stacks()).map(({ name, template }) => [name, template]));
  const names = [...new Set([...bodies.keys(), ...deployed.map(({ name }) => name)])].toSorted((a, b) => byDeployment(shortName(a), shortName(b)));
  return Object.fromEntries(await inParallel(names, AT_ONCE, async (name) => {
    const there = deployed.some((stack) => stack.name === name) ? await stacks.template(name) : undefined;
    return [name, compareTemplate(bodies.get(name), there)] as const;
  }));
}

/** The whole ledger of a small lake, and of a large one all that is recent. */
const NEWEST = 500;

export async function readJobs({ stacks, functions }: StatusPorts, deployed: readonly StackStatus[], environment: Environment, now: Date): Promise<readonly JobStatus[]> {
  const outputs: DeployedStacks['outputs'] = async (short) => deployed.find((stack) => stack.short === short)?.outputs;
  const lake = { stacks: { ...stacks, list: () => stacks.list(), template: (name: string) => stacks.template(name), outputs }, functions };
  const [jobs, newest] = await Promise.all([readDeployedJobs(lake), readRuns(lake, { limit: NEWEST })]);
  const runsOf = async (job: string): Promise<readonly Run[]> => {
    const runs = newest.filter((run) => run.job === job);
    if (newest.length < NEWEST || runs.some(({ status }) => status === 'SUCCEEDED')) return runs;
    const older = await Promise.all([undefined, 'SUCCEEDED', 'FAILED'].map((status) => readRuns(lake, { job, limit: 1, ...(status && { status }) })));
    return [...new Map([...runs, ...older.flat()].map((run) => [run.run, run])).values()].toSorted((a, b) => (a.startedAt > b.startedAt ? -1 : 1));
  };
  return inParallel(jobs, AT_ONCE, async ({ job, trigger }) => {
    const name = stackName(environment, jobStackShortName(job));
    const schedule = trigger.schedule ?? null;
    return { job, schedule, ...jobFreshness({ runs: await runsOf(job), schedule, deployedAt: deployed.find((stack) => stack.name === name)?.changedAt ?? null, now }) };
  });
}

/** Asks the mart itself, through the lake's query function. */
export async function readMart({ functions }: StatusPorts, functionName: string): Promise<MartStatus> {
  const since = Date.now();
  try {
    const answer = (await functions.invoke(functionName, { sql: 'select 1', maxRows: 1 })) as { readonly error?: { readonly message: string } };
    return answer.error ? { reachable: false, reason: answer.error.message } : { reachable: true, milliseconds: Date.now() - since };
  } catch (thrown) {
    // The function ran and failed: that is an answer. That it could not be called is not one.
    if (thrown instanceof DlpError) return { reachable: false, reason: thrown.message };
    throw thrown;
  }
}

export async function readAlarms({ alarms }: StatusPorts, environment: Environment): Promise<readonly OpenAlarm[]> {
  const prefix = stackName(environment, '');
  const open = await alarms.open(prefix);
  return open.map((alarm) => ({ ...alarm, short: shortAlarm(alarm.name.slice(prefix.length)) })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** `EtlOrders-FailedRuns6F7FC7C6-2FC90E0184418` → `EtlOrders FailedRuns`: without the hashes of the CDK and CloudFormation. */
function shortAlarm(name: string): string {
  const [, stack, alarm] = /^([^-]+)-(.+?)(?:[0-9A-F]{8})?(?:-[A-Za-z0-9]{10,16})?$/.exec(name) ?? [];
  return stack ? `${stack} ${alarm}` : name;
}

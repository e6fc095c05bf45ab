// Looks at environments, all at once and every part by itself, and says what is wrong. Reads only; a part that fails or
// hangs says so and hides nothing else.
import { bootstrapParameter, lastDeployParameter, lockParameter, readLastDeploy, readLock, toBootstrapVersion } from '../core/deploy-records.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import { judgeAll } from '../core/judge-status.js';
import { isRead, type Access, type EnvironmentStatus, type LakeStatus, type Part, type Parts, type SecretStatus, type StackStatus, type StatusPorts, type StatusTarget } from '../core/status.js';
import { readPart, recall, type Memory } from '../core/status-part.js';
import { checkSecrets } from './check-secrets.js';
import { compareCode, detectDrift, readAlarms, readJobs, readMart, readStacks } from './read-status-parts.js';

export interface StatusInput {
  readonly targets: readonly StatusTarget[];
  readonly drift: boolean;
  readonly compare: boolean;
  /** Hears of the environments when it takes longer: with `drift` or `compare`. */
  readonly emit?: Emit;
  readonly now?: () => Date;
  readonly limits?: Limits;
}

/** Milliseconds until a part is given up. Functions may have to start, and a mart to wake up. */
export interface Limits { readonly call: number; readonly functions: number; readonly drift: number; readonly compare: number }
const LIMITS: Limits = { call: 10_000, functions: 25_000, drift: 300_000, compare: 120_000 };

/** How long a part stays good while the picture is drawn again, in milliseconds: functions cost money, and keep a mart awake that would pause. */
const KEEP = { now: 0, slow: 30_000, functions: 60_000, drift: 600_000, compare: Number.POSITIVE_INFINITY } as const;

/** A reader that can be asked again: what is cheap and changes is read each time, the rest after a while. */
export function createStatusReader({ targets, drift, compare, emit, now: clock = () => new Date(), limits = LIMITS }: StatusInput): () => Promise<LakeStatus> {
  const looks = targets.map(({ environment, named, ports }) => new Look(environment, named, ports, limits, { drift, compare }));
  const say: Emit = emit && (drift || compare) ? emit : () => undefined;
  return async () => {
    const now = clock();
    say({ type: 'group', steps: targets.map(({ environment: { name } }) => ({ id: name, title: `look at ${name}` })) });
    const seen = await Promise.all(looks.map((look) => look.read(now)));
    const environments: EnvironmentStatus[] = [];
    for (const [i, status] of seen.entries()) {
      // After all else, and one after the other: a synthesis keeps the process busy, and the others' time would run out.
      environments.push(await looks[i]!.addCode(status, now));
      say({ type: 'ended', id: status.environment, outcome: status.parts ? 'done' : 'skipped', text: status.access.state });
    }
    const { problems, exitCode } = judgeAll(environments, now);
    return { at: now.toISOString(), healthy: exitCode === 0, problems, environments };
  };
}

/** One look. */
export async function readStatus(input: StatusInput): Promise<LakeStatus> {
  try {
    return await createStatusReader(input)();
  } finally {
    input.targets.forEach(({ ports }) => ports.close());
  }
}

/** One environment, looked at as often as one likes. */
class Look {
  private readonly memory: Memory = new Map();

  constructor(
    private readonly environment: Environment, private readonly named: boolean, private readonly ports: StatusPorts,
    private readonly limits: Limits, private readonly asked: { readonly drift: boolean; readonly compare: boolean },
  ) {}

  async read(now: Date): Promise<EnvironmentStatus> {
    const { name, account, region, profile } = this.environment;
    const access = await this.access();
    // Whatever another account holds is nobody's business here.
    const parts = access.state === 'signed in' ? await this.parts(now) : null;
    return { environment: name, account, region, profile: profile ?? null, named: this.named, access, parts };
  }

  async addCode(status: EnvironmentStatus, now: Date): Promise<EnvironmentStatus> {
    if (!this.asked.compare || !status.parts) return status;
    const { stacks } = status.parts;
    const code = isRead(stacks) ? await this.part('code', now, KEEP.compare, this.limits.compare, () => compareCode(this.ports, stacks.value)) : stacks;
    return { ...status, parts: { ...status.parts, code } };
  }

  private async access(): Promise<Access> {
    const { identity, credentials } = this.ports;
    const caller = await readPart(this.limits.call, () => identity.caller());
    if (isRead(caller)) {
      const expiry = await readPart(this.limits.call, () => credentials.expiresAt());
      return { state: caller.value.account === this.environment.account ? 'signed in' : 'wrong account', ...caller.value, expiresAt: isRead(expiry) ? expiry.value : null };
    }
    const { code, message } = caller;
    const state = code === 'CREDENTIALS_MISSING' ? 'not signed in' : code === 'LOCAL_CLOUD_DOWN' || code === 'CLOUD_UNREACHABLE' ? 'not reachable' : 'unknown';
    return { state, code, message, hint: new DlpError(code, message).hint ?? null };
  }

  private async parts(now: Date): Promise<Parts> {
    const { environment, ports, limits, asked } = this;
    const { name } = environment;
    const stacks = this.part('stacks', now, KEEP.now, limits.call, () => readStacks(ports));
    /** What stands on a stack: without the stack there is nothing to ask, and without the list of stacks nothing to say. */
    const on = async <T>(short: string, output: string, read: (all: readonly StackStatus[], value: string) => Promise<Part<T>>): Promise<Part<T> | null> => {
      const all = await stacks;
      if (!isRead(all)) return all;
      const value = all.value.find((stack) => stack.short === short)?.outputs[output];
      return value === undefined ? null : read(all.value, value);
    };
    const drifts = async () => { const all = await stacks; return isRead(all) ? this.part('drift', now, KEEP.drift, limits.drift, () => detectDrift(ports, all.value)) : all; };
    const [bootstrap, drift, secrets, jobs, mart, alarms, lock, lastDeploy] = await Promise.all([
      this.part('bootstrap', now, KEEP.slow, limits.call, async () => ({ version: await this.parameter(bootstrapParameter(this.environment.bootstrap.qualifier), toBootstrapVersion) })),
      asked.drift ? drifts() : null,
      this.part('secrets', now, KEEP.slow, limits.call, () => this.secrets(now)),
      on('Api', 'LakeApiName', (all) => this.part('jobs', now, KEEP.functions, limits.functions, () => readJobs(ports, all, environment, now))),
      on('Lambda', 'MartQueryName', (_, query) => this.part('mart', now, KEEP.functions, limits.functions, () => readMart(ports, query))),
      this.part('alarms', now, KEEP.now, limits.call, () => readAlarms(ports, environment)),
      this.part('lock', now, KEEP.now, limits.call, () => this.parameter(lockParameter(name), readLock)),
      this.part('lastDeploy', now, KEEP.now, limits.call, () => this.parameter(lastDeployParameter(name), readLastDeploy)),
    ]);
    return { bootstrap, stacks: await stacks, drift, code: null, secrets, jobs, mart, alarms, lock, lastDeploy };
  }

  private async secrets(now: Date): Promise<readonly SecretStatus[]> {
    const { secrets } = await checkSecrets({ environment: this.environment, secrets: this.ports.secrets, now });
    return secrets.map(({ name, state, setAt, maxAgeDays }) => ({ name, state, changedAt: setAt, maxAgeDays }));
  }

  private part<T>(name: keyof Parts, now: Date, keepMs: number, limitMs: number, work: () => Promise<T>): Promise<Part<T>> {
    return recall(this.memory, name, keepMs, now.getTime(), () => readPart(limitMs, work));
  }

  private async parameter<T>(key: string, parse: (key: string, text: string) => T): Promise<T | null> {
    const text = await this.ports.parameters.get(key);
    return text === undefined ? null : parse(key, text);
  }
}

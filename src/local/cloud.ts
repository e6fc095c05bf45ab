// The local cloud of one workspace: PostgreSQL and the AWS emulator, started, looked at, ended and deleted as one thing.
import { existsSync } from 'node:fs';
import { step, type Emit } from '../core/events.js';
import { startEmulator, stopEmulator, strays } from './emulator.js';
import { withLock } from './lock.js';
import { logParts, readLogs, type LogOptions, type LogPart } from './logs.js';
import { startPostgres, stopPostgres } from './postgres.js';
import { preflight } from './preflight.js';
import type { ProcessMark } from './process-table.js';
import { killAll, waitUntil } from './processes.js';
import { endpointOf, type LocalCloudSettings } from './settings.js';
import { PART_NAMES, StateDirectory, type PartName } from './state.js';
import { alive, localStatus, type LocalStatus } from './status.js';

export interface LocalUp {
  /** True when there was nothing to do. */
  readonly already: boolean;
  readonly started: readonly PartName[];
  readonly endpoint: string;
  readonly postgres: { readonly host: string; readonly port: number };
  readonly state: string;
}
export interface LocalDown {
  readonly already: boolean;
  readonly stopped: readonly PartName[];
  /** Processes that did not end when they were asked. */
  readonly killed: readonly number[];
  readonly state: string;
}
export interface LocalReset extends LocalDown { readonly deleted: boolean }

const TITLES: Record<PartName, string> = { postgres: 'PostgreSQL', emulator: 'AWS emulator' };
const LOCK_MILLISECONDS = 240_000;
/** A part that lives but says nothing for this long is started again by `up`. */
const SILENCE_MILLISECONDS = 15_000;

export class LocalCloud {
  readonly #settings: LocalCloudSettings;
  readonly #state: StateDirectory;

  constructor(settings: LocalCloudSettings) {
    this.#settings = settings;
    this.#state = new StateDirectory(settings.paths.state);
  }

  status(): Promise<LocalStatus> {
    return localStatus(this.#settings, this.#state);
  }

  logParts(): readonly LogPart[] {
    return logParts(this.#settings.paths.logs);
  }

  logs(options: LogOptions = {}): AsyncIterable<string> {
    return readLogs(this.#settings.paths.logs, options);
  }

  /** Starts what does not run; leaves the rest alone. */
  up(emit: Emit): Promise<LocalUp> {
    return this.#locked('dlp local up', emit, async () => {
      this.#state.prepare();
      const missing = await this.#missing();
      if (missing.length === 0) {
        skip(emit, 'local-up', 'Local cloud', `already running on ${endpointOf(this.#settings)}`);
        return this.#upResult([]);
      }
      await this.#clear(missing);
      await step(emit, 'local-preflight', 'Java, Python, jars and ports', () => preflight(this.#settings, missing));
      const started: PartName[] = [];
      try {
        for (const name of missing) {
          await step(emit, `local-${name}`, TITLES[name], () => this.#start(name, () => started.push(name)), () => `on ${this.#settings.host}:${this.#port(name)}`);
        }
      } catch (error) {
        // A cloud that is half there would be found by nobody; what ran before stays.
        for (const name of started.toReversed()) await this.#stop(name).catch((also: Error) => emit({ type: 'warning', text: also.message }));
        throw error;
      }
      return this.#upResult(started);
    });
  }

  async down(emit: Emit): Promise<LocalDown> {
    if (!this.#state.exists()) return this.#downWithoutState(emit);
    return this.#locked('dlp local down', emit, () => this.#down(emit));
  }

  /** Ends everything and deletes what it held. */
  async reset(emit: Emit): Promise<LocalReset> {
    const { state } = this.#settings.paths;
    if (!existsSync(state)) {
      this.#state.delete(); // rubbish of a reset that was interrupted
      return { ...await this.#downWithoutState(emit), deleted: false };
    }
    if (!this.#state.exists()) this.#state.delete(); // refuses, before a lock is written there
    return this.#locked('dlp local reset', emit, async () => {
      const down = await this.#down(emit);
      await step(emit, 'local-delete', `Delete ${state}`, async () => this.#state.delete());
      return { ...down, deleted: true };
    });
  }

  async #down(emit: Emit): Promise<LocalDown> {
    const recorded = this.#state.parts();
    const stopped: PartName[] = [];
    const killed: number[] = [];
    for (const name of PART_NAMES.toReversed()) {
      if (!alive(recorded[name])) continue;
      killed.push(...await step(emit, `local-${name}`, `Stop ${TITLES[name]}`, () => this.#stop(name), (pids) => (pids.length > 0 ? `${pids.length} processes had to be killed` : 'ended')));
      stopped.push(name);
    }
    // Also what a crashed part left behind, and what an interrupted `up` did not write down.
    for (const name of PART_NAMES) if (!stopped.includes(name)) killed.push(...await this.#stop(name));
    if (stopped.length === 0 && killed.length === 0) return this.#nothingRan(emit);
    return { already: false, stopped, killed, state: this.#settings.paths.state };
  }

  /** Somebody deleted the directory while the cloud ran: there is nothing left to save, only processes to end. */
  async #downWithoutState(emit: Emit): Promise<LocalDown> {
    const lost = strays(this.#state, []);
    if (lost.length === 0) return this.#nothingRan(emit);
    const killed = await step(emit, 'local-lost', 'Stop what ran without its state', () => killAll(lost), (pids) => `${pids.length} processes had to be killed`);
    return { already: false, stopped: [], killed, state: this.#settings.paths.state };
  }

  async #start(name: PartName, begun: () => void): Promise<void> {
    const record = (mark: ProcessMark): void => {
      this.#state.record(name, { ...mark, since: new Date().toISOString(), port: this.#port(name), configuration: this.#configuration(name) });
      begun();
    };
    await (name === 'postgres' ? startPostgres : startEmulator)(this.#settings, this.#state, record);
  }

  async #stop(name: PartName): Promise<readonly number[]> {
    const { postgres, emulator } = this.#state.parts();
    const killed = name === 'postgres'
      ? await stopPostgres(this.#settings, postgres)
      : await stopEmulator(emulator, this.#state, postgres && alive(postgres) ? [postgres.pid] : []);
    this.#state.record(name, undefined);
    return killed;
  }

  /** The parts that `up` must start: not running, silent, or running with settings that have changed since. */
  async #missing(): Promise<readonly PartName[]> {
    const recorded = this.#state.parts();
    let missing: PartName[] = [];
    await waitUntil(async () => {
      const { parts } = await this.status();
      missing = parts.filter(({ state, detail }) => state !== 'running' || detail?.startsWith('does not answer')).map(({ name }) => name);
      return missing.every((name) => !alive(recorded[name]));
    }, SILENCE_MILLISECONDS, 500);
    return PART_NAMES.filter((name) => missing.includes(name) || recorded[name]?.configuration !== this.#configuration(name));
  }

  /** Ends what is left of the parts that will be started, so that they find their ports free. */
  async #clear(missing: readonly PartName[]): Promise<void> {
    for (const name of missing.toReversed()) await this.#stop(name);
  }

  #configuration(name: PartName): string {
    const { port, postgresPort, region, sparkMemory, node } = this.#settings;
    return name === 'postgres' ? `${postgresPort}` : [port, postgresPort, region, sparkMemory, node].join(' ');
  }

  #port(name: PartName): number {
    return name === 'postgres' ? this.#settings.postgresPort : this.#settings.port;
  }

  #upResult(started: readonly PartName[]): LocalUp {
    const { host, postgresPort, paths } = this.#settings;
    return { already: started.length === 0, started, endpoint: endpointOf(this.#settings), postgres: { host, port: postgresPort }, state: paths.state };
  }

  #nothingRan(emit: Emit): LocalDown {
    skip(emit, 'local-down', 'Local cloud', 'not running');
    return { already: true, stopped: [], killed: [], state: this.#settings.paths.state };
  }

  #locked<T>(command: string, emit: Emit, work: () => Promise<T>): Promise<T> {
    return withLock(this.#settings.paths.state, { command, waitMilliseconds: LOCK_MILLISECONDS, onWait: (owner) => emit({ type: 'warning', text: `waiting for ${owner}` }) }, work);
  }
}

function skip(emit: Emit, id: string, title: string, text: string): void {
  emit({ type: 'group', steps: [{ id, title }] });
  emit({ type: 'ended', id, outcome: 'skipped', text });
}

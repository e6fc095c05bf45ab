// What of the local cloud runs. Nothing is changed here and nothing is locked, so it can be asked at any time.
import { emulatorHealth, type GlueRun } from './emulator.js';
import { lastLogLine } from './log-files.js';
import { postgresProblemNow } from './postgres.js';
import { boot, isAlive } from './process-table.js';
import { endpointOf, type LocalCloudSettings } from './settings.js';
import { PART_NAMES, type PartName, type PartRecord, type StateDirectory } from './state.js';

export interface PartStatus {
  readonly name: PartName;
  readonly state: 'running' | 'stopped' | 'crashed';
  readonly pid: number | null;
  readonly since: string | null;
  /** Why it crashed, or what is wrong although its process lives. */
  readonly detail?: string;
}

export interface LocalStatus {
  /** Every part runs and answers. */
  readonly running: boolean;
  readonly endpoint: string;
  readonly postgres: { readonly host: string; readonly port: number };
  readonly state: string;
  readonly parts: readonly PartStatus[];
  readonly glueRuns: readonly GlueRun[];
}

export async function localStatus(given: LocalCloudSettings, state: StateDirectory): Promise<LocalStatus> {
  const records = state.parts();
  // dlp.yaml may name other ports by now: ask where the parts were started.
  const settings = { ...given, port: records.emulator?.port ?? given.port, postgresPort: records.postgres?.port ?? given.postgresPort };
  const [postgres, emulator] = await Promise.all([
    alive(records.postgres) ? postgresProblemNow(settings) : undefined,
    alive(records.emulator) ? emulatorHealth(settings) : undefined,
  ]);
  const told: Record<PartName, string | undefined> = {
    postgres: postgres && `does not answer: ${postgres}`,
    emulator: typeof emulator === 'string' ? `does not answer: ${emulator}` : ailing(emulator?.parts),
  };
  const parts = PART_NAMES.map((name) => partStatus(settings, name, records[name], told[name]));
  return {
    running: parts.every((part) => part.state === 'running' && part.detail === undefined),
    endpoint: endpointOf(settings),
    postgres: { host: settings.host, port: settings.postgresPort },
    state: settings.paths.state,
    parts,
    glueRuns: typeof emulator === 'object' ? emulator.glueRuns : [],
  };
}

export function alive(record: PartRecord | undefined): boolean {
  return record !== undefined && isAlive(record);
}

function partStatus(settings: LocalCloudSettings, name: PartName, record: PartRecord | undefined, told: string | undefined): PartStatus {
  if (!record) return { name, state: 'stopped', pid: null, since: null };
  if (alive(record)) return { name, state: 'running', pid: record.pid, since: record.since, ...(told && { detail: told }) };
  if (!record.started.startsWith(`${boot()}:`)) {
    return { name, state: 'stopped', pid: null, since: null, detail: 'the machine was started again since' };
  }
  return { name, state: 'crashed', pid: record.pid, since: record.since, detail: `process ${record.pid} is gone; it said last: ${lastLogLine(settings, name)}` };
}

/** The emulator's own view of what it depends on. */
function ailing(parts: Readonly<Record<string, string>> | undefined): string | undefined {
  const down = Object.entries(parts ?? {}).filter(([, text]) => text.startsWith('down'));
  return down.length > 0 ? down.map(([name, text]) => `${name} is ${text}`).join('; ') : undefined;
}

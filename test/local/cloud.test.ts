import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../src/local/process-table.js';
import { Fixture, freePorts, text } from './support.js';

let fixture: Fixture;

// Making a database takes longest, so tests share one and find it stopped; who needs untouched ground asks for it.
let shared: Fixture;
beforeAll(async () => { shared = new Fixture(...await freePorts(5700)); });
beforeEach(() => { fixture = shared; });
afterEach(async () => {
  if (fixture !== shared) return fixture.end();
  await fixture.cloud().down(() => undefined);
  expect(fixture.processes()).toEqual([]);
  fixture.behave({});
  fixture.steps();
});
afterAll(() => shared.end());
const untouched = (): void => { fixture = new Fixture(shared.port, shared.postgresPort); };

const up = (): ReturnType<ReturnType<Fixture['cloud']>['up']> => fixture.cloud().up(fixture.emit);

test('up starts both parts, again it says that there is nothing to do, and down ends every process', async () => {
  fixture.behave({ children: 2 });
  const first = await up();
  expect(first).toEqual({ already: false, started: ['postgres', 'emulator'], endpoint: `http://127.0.0.1:${fixture.port}`, postgres: { host: '127.0.0.1', port: fixture.postgresPort }, state: fixture.state });
  expect(fixture.steps()).toEqual(['Java, Python, jars and ports: done', 'PostgreSQL: done', 'AWS emulator: done']);
  const status = await fixture.cloud().status();
  expect(status).toMatchObject({ running: true, parts: [{ name: 'postgres', state: 'running' }, { name: 'emulator', state: 'running' }], glueRuns: [{ jobName: 'orders' }, {}] });

  const pids = [fixture.pid('postgres'), fixture.pid('emulator')];
  expect(await up()).toMatchObject({ already: true, started: [] });
  expect(fixture.steps()).toEqual(['Local cloud: skipped']);
  expect([fixture.pid('postgres'), fixture.pid('emulator')]).toEqual(pids);

  const all = fixture.processes();
  expect(all.length).toBeGreaterThan(5); // PostgreSQL alone is several
  expect(await fixture.cloud().down(fixture.emit)).toEqual({ already: false, stopped: ['emulator', 'postgres'], killed: [], state: fixture.state });
  expect(all.filter(isAlive)).toEqual([]);
  expect(fixture.processes()).toEqual([]);
  expect(await fixture.cloud().down(fixture.emit)).toMatchObject({ already: true, stopped: [] });
  expect(await fixture.cloud().status()).toMatchObject({ running: false, parts: [{ state: 'stopped' }, { state: 'stopped' }] });
});

test('PostgreSQL wants TLS and the password, listens on 127.0.0.1 alone, and keeps its data', async () => {
  await up();
  await fixture.query('create table kept as select 42 as answer');
  expect(await fixture.query('select ssl, current_setting(\'listen_addresses\'), current_setting(\'unix_socket_directories\') from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([[true, '127.0.0.1', '']]);
  await expect(fixture.client({ ssl: false }).connect()).rejects.toThrow(/no pg_hba.conf entry|no encryption/);
  await expect(fixture.client({ password: 'wrong' }).connect()).rejects.toThrow(/password authentication failed/);
  await fixture.cloud().down(fixture.emit);
  await up();
  expect(await fixture.query('select answer from kept')).toEqual([[42]]);
});

test('PostgreSQL starts beside the lock file of a server that was killed and that nobody has collected', async () => {
  await up();
  await fixture.cloud().down(fixture.emit);
  // A parent that never waits keeps its dead child as a zombie, as the init of some containers does for a while.
  // Of the server's own user: PostgreSQL does not mistake somebody else's process for itself.
  const { uid, gid } = statSync(path.join(fixture.state, 'postgres'));
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'], uid, gid });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    for (let tries = 0; !/ Z /.test(text(`/proc/${zombie}/stat`)) && tries < 50; tries += 1) await sleep(20);
    expect(text(`/proc/${zombie}/stat`)).toMatch(/ Z /);
    const lock = path.join(fixture.state, 'postgres', 'postmaster.pid');
    writeFileSync(lock, `${zombie}\n${path.dirname(lock)}\n0\n${fixture.postgresPort}\n\n127.0.0.1\n`);
    expect(await up()).toMatchObject({ started: ['postgres', 'emulator'] });
  } finally {
    parent.kill('SIGKILL');
  }
});

test('the password is in one file that only this user reads, and nowhere else', async () => {
  await up();
  const file = path.join(fixture.state, 'postgres.password');
  const password = text(file).trim();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(password.length).toBeGreaterThan(20);
  const places = [
    ...readdirSync(fixture.state, { recursive: true, encoding: 'utf8' }).map((name) => path.join(fixture.state, name)).filter((name) => name !== file && statSync(name).isFile()),
    ...fixture.processes().flatMap(({ pid }) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]),
  ];
  expect(places.length).toBeGreaterThan(500);
  expect(places.filter((place) => readFileSync(place).includes(password))).toEqual([]);
});

test('what the caller has in its environment for AWS, npm and proxies does not reach the parts', async () => {
  const env = { ...process.env, AWS_PROFILE: 'prod', AWS_SECRET_ACCESS_KEY: 'canary', HTTPS_PROXY: 'http://proxy', NODE_OPTIONS: '--inspect' };
  await fixture.cloud({ env }).up(fixture.emit);
  const seen = JSON.parse(text(path.join(fixture.state, 'environment.json'))) as Record<string, string>;
  expect(seen).toMatchObject({ DLP_LOCAL_PORT: String(fixture.port), DLP_LOCAL_PG_USER: 'postgres', DLP_LOCAL_CA: path.join(fixture.state, 'tls/ca.pem'), DLP_LOCAL_REGION: 'eu-west-2', DLP_LOCAL_SPARK_MEMORY: '1g' });
  expect(Object.keys(seen).filter((name) => /^AWS_|PROXY|NODE_OPTIONS/.test(name))).toEqual([]);
});

test('a port in use is told with its owner before anything is started', async () => {
  untouched();
  const stranger = await fixture.stranger(`require('net').createServer().listen(${fixture.port}, '127.0.0.1')`);
  await expect(up()).rejects.toMatchObject({ code: 'PORT_IN_USE', message: expect.stringContaining(`port ${fixture.port} (the emulator) is in use by process ${stranger.pid} (`) });
  expect(fixture.steps()).toEqual(['Java, Python, jars and ports: failed']);
  expect(existsSync(path.join(fixture.state, 'postgres'))).toBe(false);
  expect(isAlive(stranger)).toBe(true);
});

test('a port that dlp.yaml has changed moves the emulator there and leaves PostgreSQL', async () => {
  await up();
  const postgres = fixture.pid('postgres');
  const [other] = await freePorts(5716);
  expect(await fixture.cloud({ port: other }).up(fixture.emit)).toMatchObject({ started: ['emulator'], endpoint: `http://127.0.0.1:${other}` });
  expect(fixture.pid('postgres')).toBe(postgres);
  // Who still has the old dlp.yaml is told where it really is.
  expect(await fixture.cloud().status()).toMatchObject({ running: true, endpoint: `http://127.0.0.1:${other}` });
});

test('reset deletes a local cloud and refuses any other directory, as up does', async () => {
  untouched();
  await up();
  const all = fixture.processes();
  expect(await fixture.cloud().reset(fixture.emit)).toMatchObject({ deleted: true, stopped: ['emulator', 'postgres'] });
  expect(all.filter(isAlive)).toEqual([]);
  expect(readdirSync(path.dirname(fixture.state))).toEqual([]);
  expect(await fixture.cloud().reset(fixture.emit)).toMatchObject({ deleted: false });

  mkdirSync(fixture.state, { recursive: true });
  writeFileSync(path.join(fixture.state, 'thesis.txt'), 'years of work');
  await expect(fixture.cloud().reset(fixture.emit)).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY', message: expect.stringContaining('so it is not deleted') });
  await expect(up()).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY', message: expect.stringContaining('"thesis.txt"') });
  expect(readdirSync(fixture.state)).toEqual(['thesis.txt']);
});

// Only root's server changes its user; for everyone else the tests above say it all.
(process.getuid?.() === 0 ? test : test.skip)('an installation that only root may enter still gets its PostgreSQL', async () => {
  untouched();
  expect(spawnSync('chmod', ['0700', fixture.directory]).status).toBe(0);
  await up();
  expect(statSync(path.join(fixture.state, 'postgres')).uid).not.toBe(0);
});

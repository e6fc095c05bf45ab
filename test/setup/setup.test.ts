import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, findProcess } from '../../src/local/process-table.js';
import { Repository } from './fixture.js';

let repository: Repository;
beforeEach(() => { repository = new Repository(); });
afterEach(() => repository.end());
const EVERYTHING = ['npm ci', 'venv', 'pip', 'ivy', 'build'];

test('everything the first time, nothing the second, and then only what has changed', async () => {
  const first = await repository.setup();
  expect(first).toMatchObject({ code: 0, calls: EVERYTHING });
  expect(first.said).toMatch(/^setup: npm packages \(not installed\) … [\d.]+ s$/m);
  expect(first.said).toMatch(/^setup: ready, /m);
  expect(repository.read('.dlp/jars/a-1.jar')).toBe('bytes of a jar');

  expect(await repository.setup()).toMatchObject({ code: 0, calls: [], said: expect.stringMatching(/^setup: nothing to do, [\d.]+ s\n$/) });
  expect(await repository.setup('--quiet')).toMatchObject({ code: 0, calls: [], said: '' });

  repository.write('src/b.ts', '');
  expect(await repository.setup()).toMatchObject({ calls: ['build'], said: expect.stringContaining('build (sources have changed)') });
  repository.write('local-cloud/requirements.txt', 'pyspark==3.5.7\n');
  expect(await repository.setup()).toMatchObject({ calls: ['pip'] }); // into the environment that is there
  repository.write('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '2.0.0' } } }));
  expect(await repository.setup()).toMatchObject({ calls: ['npm ci', 'build'], said: expect.stringContaining('package-lock.json has changed') });
  expect(await repository.setup()).toMatchObject({ calls: [] });
});

test.each([
  ['node_modules', ['npm ci']], ['.dlp/venv', ['venv', 'pip']], ['.dlp/jars', ['ivy']], ['.dlp/jars/a-1.jar', ['ivy']], ['dist', ['build']],
])('who deletes %s gets it back, and nothing else is done', async (name, calls) => {
  await repository.setup();
  rmSync(repository.at(name), { recursive: true });
  expect(await repository.setup()).toMatchObject({ code: 0, calls });
  expect(repository.has(name)).toBe(true);
});

test('what only tests need is installed for them alone, beside the rest', async () => {
  await repository.setup();
  expect(repository.has('.dlp/peers')).toBe(false);
  expect(await repository.setup('--peers')).toMatchObject({ code: 0, calls: ['venv', 'pip'], said: expect.stringContaining('peers (not installed)') });
  expect(repository.read('.dlp/peers/packages')).toBe('moto[server]==5.2.5\n');
  expect(repository.read('.dlp/venv/packages')).toBe('pyspark==3.5.6\n');
  expect(await repository.setup('--peers')).toMatchObject({ calls: [] });
  repository.write('local-cloud/requirements-peers.txt', 'moto[server]==5.2.6\n');
  expect(await repository.setup()).toMatchObject({ calls: [] });
  expect(await repository.setup('--peers')).toMatchObject({ calls: ['pip'] });
});

test('what was installed by hand is looked at, not installed again', async () => {
  await repository.setup();
  for (const mark of ['node_modules/.dlp-setup', '.dlp/venv/.dlp-setup', '.dlp/jars/.dlp-setup']) rmSync(repository.at(mark));
  expect(await repository.setup()).toMatchObject({ code: 0, calls: [] });
  rmSync(repository.at('node_modules/.dlp-setup'));
  repository.write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '0.9.0' } } }));
  expect(await repository.setup()).toMatchObject({ calls: ['npm ci'] });
});

test('a lock file that npm ci refuses is followed by npm install', async () => {
  repository.tell({ noCi: true });
  expect(await repository.setup()).toMatchObject({ code: 0, calls: ['npm ci', 'npm install', 'venv', 'pip', 'ivy', 'build'] });
});

test('a download that fails is tried again; one that goes on failing is told with what was said', async () => {
  repository.tell({ pipFails: 1 });
  expect(await repository.setup()).toMatchObject({ code: 0, calls: ['npm ci', 'venv', 'pip', 'venv', 'pip', 'ivy', 'build'] });
  rmSync(repository.at('.dlp/jars'), { recursive: true });
  repository.tell({ ivyFails: 9 });
  const result = await repository.setup();
  expect(result).toMatchObject({ code: 2, calls: ['ivy', 'ivy', 'ivy'] });
  expect(result.said).toContain('connection reset');
  expect(repository.has('.dlp/jars')).toBe(false);
});

test('a jar that is not the right one is never put where Spark would find it', async () => {
  repository.tell({ badJar: 9 });
  const result = await repository.setup();
  expect(result).toMatchObject({ code: 2, said: expect.stringContaining('a-1.jar: not what local-cloud/jars.sha256 says') });
  expect(repository.has('.dlp/jars')).toBe(false);
});

test('a build that fails is not tried again, and is done the next time', async () => {
  repository.tell({ buildFails: 1 });
  expect(await repository.setup()).toMatchObject({ code: 2, calls: EVERYTHING, said: expect.stringContaining('error TS2322') });
  expect(await repository.setup()).toMatchObject({ code: 0, calls: ['build'] });
});

test('what an interrupted setup left is made again', async () => {
  await repository.setup();
  rmSync(repository.at('.dlp/venv/.dlp-setup'));
  writeFileSync(repository.at('.dlp/venv/.dlp-unfinished'), '');
  mkdirSync(repository.at('.dlp/jars.new'));
  expect(await repository.setup()).toMatchObject({ code: 0, calls: ['venv', 'pip'] });
  expect(repository.has('.dlp/venv/.dlp-unfinished')).toBe(false);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('%s in the middle: what it had started does not disturb the next one', async (signal) => {
  repository.tell({ hang: true });
  const { child, ended } = repository.start();
  while (!repository.has('node_modules/.bin/node')) await sleep(20);
  const { pid } = JSON.parse(repository.read('.dlp/setup/running.json')) as { pid: number };
  const npm = findProcess(pid)!;
  expect(isAlive(npm)).toBe(true);
  child.kill(signal);
  await ended.then(() => undefined);
  repository.tell({});
  expect(await repository.setup()).toMatchObject({ code: 0, calls: EVERYTHING });
  expect(isAlive(npm)).toBe(false);
  expect(readdirSync(repository.at('.dlp')).filter((name) => name.startsWith('setup.lock'))).toEqual([]);
});

test('two at once: one works, the other waits and finds it done', async () => {
  const results = await Promise.all([repository.start().ended, repository.start().ended]);
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(repository.calls()).toEqual(EVERYTHING);
  expect(results.filter(({ said }) => said.includes('waiting for another setup (process ') && said.includes('nothing to do'))).toHaveLength(1);
});

describe('the machine', () => {
  test('everything that is missing is told at once, and nothing is begun', async () => {
    repository.tell({ java: '11.0.2', python: '3.9.2' });
    const result = await repository.setup();
    expect(result).toMatchObject({ code: 2, calls: [] });
    expect(result.said).toMatch(/Python 3\.11 or newer .* python3\.11 \(3\.9\.2\)/);
    expect(result.said).toContain('java is Java 11, and 17 or newer is needed');
  });
  test('no java', async () => {
    repository.program('bin/java', 'exit 127');
    expect(await repository.setup()).toMatchObject({ code: 2, said: expect.stringContaining('java is not on PATH or does not run; install a JDK 17') });
  });
  test('an unknown flag', async () => {
    expect(await repository.setup('--jugdes')).toMatchObject({ code: 2, calls: [], said: expect.stringContaining('unknown flag --jugdes') });
  });
});

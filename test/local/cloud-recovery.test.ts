// What becomes of a local cloud when a part of it, or the command that starts it, does not do as it should.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { findProcess, isAlive } from '../../src/local/process-table.js';
import { StateDirectory } from '../../src/local/state.js';
import { Fixture, freePorts, kill } from './support.js';

let fixture: Fixture;

// Making a database takes longest, so tests share one and find it stopped; who needs untouched ground asks for it.
let shared: Fixture;
beforeAll(async () => { shared = new Fixture(...await freePorts(5732)); });
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

test('two up at once: one starts, the other waits and finds it running', async () => {
  const results = await Promise.all([up(), up()]);
  expect(results.map(({ already }) => already).toSorted()).toEqual([false, true]);
  expect(fixture.events.filter((event) => event.type === 'warning')).toHaveLength(1);
  expect(fixture.processes().filter(({ pid }) => pid === fixture.pid('emulator'))).toHaveLength(1);
});

test('a crashed emulator is named with its last words; up starts it alone and ends what it left behind', async () => {
  fixture.behave({ children: 1, stubborn: true });
  await up();
  const { glueRuns } = await fixture.cloud().status();
  const orphan = findProcess(glueRuns[0]!.pid!)!;
  const [postgres, emulator] = [fixture.pid('postgres'), fixture.pid('emulator')];
  await kill(emulator);
  const status = await fixture.cloud().status();
  expect(status.running).toBe(false);
  expect(status.parts[1]).toMatchObject({ name: 'emulator', state: 'crashed', pid: emulator, detail: `process ${emulator} is gone; it said last: stand-in answers` });
  expect(status.parts[0]).toMatchObject({ name: 'postgres', state: 'running' });
  expect(isAlive(orphan)).toBe(true);

  expect(await up()).toMatchObject({ already: false, started: ['emulator'] });
  expect(fixture.pid('postgres')).toBe(postgres);
  expect(isAlive(orphan)).toBe(false);
  expect(await fixture.cloud().status()).toMatchObject({ running: true });
});

test('a crashed PostgreSQL is named and repaired, and has its data', async () => {
  await up();
  await fixture.query('create table survived as select 1 as x');
  const [postgres, emulator] = [fixture.pid('postgres'), fixture.pid('emulator')];
  await kill(postgres);
  expect((await fixture.cloud().status()).parts[0]).toMatchObject({ state: 'crashed', pid: postgres, detail: expect.stringContaining('ready to accept connections') });
  expect(await up()).toMatchObject({ started: ['postgres'] });
  expect(fixture.pid('emulator')).toBe(emulator);
  expect(await fixture.query('select x from survived')).toEqual([[1]]);
});

test('an emulator that does not start is quoted, and PostgreSQL, started for it, is ended again', async () => {
  fixture.behave({ die: 'ImportError: no module named nonsense' });
  await expect(up()).rejects.toMatchObject({ code: 'LOCAL_CLOUD_FAILED', message: 'the emulator did not start: ImportError: no module named nonsense' });
  expect(fixture.steps()).toEqual(['Java, Python, jars and ports: done', 'PostgreSQL: done', 'AWS emulator: failed']);
  expect(fixture.processes()).toEqual([]);
  expect(await fixture.cloud().status()).toMatchObject({ running: false, parts: [{ state: 'stopped' }, { state: 'stopped' }] });
});

test('down kills what does not listen, and says so', async () => {
  fixture.behave({ children: 2, stubborn: true });
  await up();
  const { glueRuns } = await fixture.cloud().status();
  const { killed } = await fixture.cloud().down(fixture.emit);
  expect(killed.toSorted()).toEqual(glueRuns.map(({ pid }) => pid!).toSorted());
  expect(fixture.processes()).toEqual([]);
});

test('a pid that belongs to somebody else by now is neither believed nor killed', async () => {
  untouched();
  const stranger = await fixture.stranger('');
  const state = new StateDirectory(fixture.state);
  state.prepare();
  const [boot, start] = stranger.started.split(':');
  const record = { pid: stranger.pid, since: '2026-01-01T00:00:00.000Z', port: fixture.port, configuration: '' };
  state.record('emulator', { ...record, started: `${boot}:${Number(start) - 1}` });
  state.record('postgres', { ...record, started: `another-boot:${start}` });
  expect((await fixture.cloud().status()).parts).toEqual([
    { name: 'postgres', state: 'stopped', pid: null, since: null, detail: 'the machine was started again since' },
    expect.objectContaining({ name: 'emulator', state: 'crashed' }),
  ]);
  await fixture.cloud().down(fixture.emit);
  expect(isAlive(stranger)).toBe(true);
});

test('down also ends what was never written down', async () => {
  await up();
  const all = fixture.processes();
  rmSync(path.join(fixture.state, 'state.json')); // as if `up` had been killed right after starting them
  expect((await fixture.cloud().down(fixture.emit)).killed.length).toBeGreaterThan(0);
  expect(all.filter(isAlive)).toEqual([]);
});

test('a cloud whose state was deleted under it is ended all the same, by down and by up', async () => {
  untouched();
  fixture.behave({ children: 1 });
  await up();
  const first = fixture.processes();
  rmSync(fixture.state, { recursive: true });
  expect(await fixture.cloud().status()).toMatchObject({ running: false });
  expect(await up()).toMatchObject({ started: ['postgres', 'emulator'] });
  expect(first.filter(isAlive)).toEqual([]);
  const second = fixture.processes();
  rmSync(fixture.state, { recursive: true });
  expect(await fixture.cloud().down(fixture.emit)).toMatchObject({ already: false, stopped: [] });
  expect(second.filter(isAlive)).toEqual([]);
});

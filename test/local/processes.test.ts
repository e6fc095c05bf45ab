import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { family, isAlive, type ProcessMark } from '../../src/local/process-table.js';
import { endFamily, startDetached, waitUntil } from '../../src/local/processes.js';

let directory: string;
const started: ProcessMark[] = [];
beforeEach(() => { directory = mkdtempSync(path.join(tmpdir(), 'dlp-processes-')); });
afterEach(() => {
  for (const mark of started.splice(0)) for (const row of family(mark.pid)) process.kill(row.pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

async function start(code: string): Promise<ProcessMark> {
  const log = path.join(directory, 'log');
  const mark = await startDetached({ command: process.execPath, args: ['-e', code], env: {}, cwd: directory, log });
  started.push(mark);
  expect(await waitUntil(() => readFileSync(log, 'utf8').includes('ready'), 20_000, 20)).toBe(true);
  return mark;
}

/** A child in a session of its own, with an empty environment, that ignores SIGTERM: nothing but its parent leads to it. */
const CHILD = `require('child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM',()=>{});console.log('ready');setInterval(()=>{},1e6)"], { detached: true, env: {}, stdio: ['ignore', 'inherit', 'inherit'] });`;

test('a process that ends when asked takes its family along, also those that do not listen', async () => {
  const mark = await start(`${CHILD} process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6);`);
  const [parent, child] = family(mark.pid);
  expect(parent).toMatchObject(mark);
  expect(await endFamily(mark, 'SIGTERM', 5_000)).toEqual([child!.pid]);
  expect([parent!, child!].filter(isAlive)).toEqual([]);
});

test('a process that does not end when asked is killed, after the time it was given and not before', async () => {
  const mark = await start('process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1e6);');
  const begun = Date.now();
  expect(await endFamily(mark, 'SIGTERM', 500)).toEqual([mark.pid]);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(500);
  expect(isAlive(mark)).toBe(false);
});

test('a process that is gone, or is another one by now, is left alone', async () => {
  const mark = await start('console.log("ready"); setInterval(() => {}, 1e6);');
  expect(await endFamily({ ...mark, started: 'another time' }, 'SIGKILL', 100)).toEqual([]);
  expect(isAlive(mark)).toBe(true);
  await endFamily(mark, 'SIGTERM', 5_000);
  expect(await endFamily(mark, 'SIGTERM', 5_000)).toEqual([]);
});

test('a program that there is not', async () => {
  await expect(startDetached({ command: '/nowhere/python', args: [], env: {}, cwd: directory, log: path.join(directory, 'log') }))
    .rejects.toMatchObject({ code: 'LOCAL_CLOUD_FAILED', message: expect.stringContaining('/nowhere/python cannot be started: ') });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakLock, withLock, type Owner } from '../../src/local/lock.js';

let directory: string;
beforeEach(() => { directory = mkdtempSync(path.join(tmpdir(), 'dlp-lock-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const options = (changes = {}) => ({ command: 'dlp local up', waitMilliseconds: 20_000, onWait: () => undefined, ...changes });

/** The lock of a process that has ended. */
function deadLock(): void {
  const { pid } = spawnSync('true');
  writeFileSync(path.join(directory, 'lock'), JSON.stringify({ pid, started: 'long ago', nonce: 'dead', command: 'dlp local up', since: '' }));
}

test.each([['free', () => undefined], ['held by the dead', deadLock], ['damaged', () => writeFileSync(path.join(directory, 'lock'), '{"pid":')]])('many at once on a lock that is %s: one at a time, all of them', async (_, prepare) => {
  prepare();
  let inside = 0;
  let most = 0;
  let done = 0;
  await Promise.all(Array.from({ length: 8 }, () => withLock(directory, options(), async () => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(5);
    inside -= 1;
    done += 1;
  })));
  expect({ most, done }).toEqual({ most: 1, done: 8 });
  expect(readdirSync(directory)).toEqual([]);
});

test('who waits too long is told who has it, and the lock stays', async () => {
  await withLock(directory, options({ command: 'dlp local reset' }), async () => {
    const waiting: string[] = [];
    await expect(withLock(directory, options({ waitMilliseconds: 150, onWait: (owner: string) => waiting.push(owner) }), async () => undefined))
      .rejects.toMatchObject({ code: 'LOCAL_CLOUD_FAILED', message: expect.stringContaining(`\`dlp local reset\` (process ${process.pid}, since `) });
    expect(waiting).toEqual([`\`dlp local reset\` (process ${process.pid})`]);
    expect(existsSync(path.join(directory, 'lock'))).toBe(true);
  });
});

test('a failure gives the lock back', async () => {
  await expect(withLock(directory, options(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(readdirSync(directory)).toEqual([]);
});

test('who was too slow to break a dead lock leaves the new owner\'s alone', async () => {
  await withLock(directory, options(), async () => {
    const me: Owner = { pid: process.pid, started: '', nonce: 'slow', command: '', since: '' };
    breakLock(path.join(directory, 'lock'), { ...me, nonce: 'dead' }, me);
    expect(readdirSync(directory)).toEqual(['lock']);
  });
});

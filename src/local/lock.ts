// One `up`, `down` or `reset` at a time for one state directory. The lock is a file that names its owner by pid and
// start; a lock whose owner is gone is broken by whoever asks next, and by one only.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DlpError } from '../core/errors.js';
import { findProcess, isAlive, type ProcessMark } from './process-table.js';

export interface Owner extends ProcessMark {
  readonly nonce: string;
  readonly command: string;
  readonly since: string;
}

export interface LockOptions {
  /** What the owner does, for the message of whoever waits. */
  readonly command: string;
  readonly waitMilliseconds: number;
  readonly onWait: (owner: string) => void;
}

/** Runs `work` while holding the lock `<directory>/lock`. */
export async function withLock<T>(directory: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const file = path.join(directory, 'lock');
  const me: Owner = { pid: process.pid, started: findProcess(process.pid)?.started ?? '', nonce: randomUUID(), command: options.command, since: new Date().toISOString() };
  const end = Date.now() + options.waitMilliseconds;
  for (let told = false; !claim(file, me);) {
    const owner = read(file);
    if (!owner) continue; // given back just now
    if (!isAlive(owner)) {
      breakLock(file, owner, me);
    } else if (Date.now() >= end) {
      throw new DlpError('LOCAL_CLOUD_FAILED', `\`${owner.command}\` (process ${owner.pid}, since ${owner.since}) still works on ${directory}`, { hint: 'wait for it, or stop it' });
    } else {
      if (!told) options.onWait(`\`${owner.command}\` (process ${owner.pid})`);
      told = true;
      await sleep(100);
    }
  }
  try {
    return await work();
  } finally {
    if (read(file)?.nonce === me.nonce) rmSync(file, { force: true });
  }
}

/** A hard link appears whole or not at all, and only if there is none: the owner's name is in it from the start. */
function claim(file: string, me: Owner): boolean {
  const draft = `${file}.${me.nonce}`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(draft, JSON.stringify(me), { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Two may find the same dead owner; without a second lock the slower would delete the faster one's new lock. */
export function breakLock(file: string, dead: Owner, me: Owner): void {
  const guard = `${file}.breaking-${dead.nonce}`;
  if (!claim(guard, me)) {
    const other = read(guard);
    if (other && !isAlive(other)) rmSync(guard, { force: true });
    return;
  }
  if (read(file)?.nonce === dead.nonce) rmSync(file, { force: true });
  rmSync(guard, { force: true });
}

function read(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // A lock is never written in parts, so this one was damaged (a power cut): nobody holds it.
    return { pid: 0, started: '', nonce: 'unreadable', command: '', since: '' };
  }
}

// One setup at a time in one directory. The lock names its owner; the lock of a dead owner is taken over.
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Waits for the lock; returns the function that gives it back. */
export async function acquire(file, onWait) {
  mkdirSync(path.dirname(file), { recursive: true });
  const me = JSON.stringify({ pid: process.pid, started: startOf(process.pid), nonce: `${process.pid}-${Date.now()}-${Math.random()}` });
  for (let told = false; !claim(file, me);) {
    const text = read(file);
    if (text === undefined) continue; // given back just now
    const owner = parse(text);
    if (!alive(owner)) {
      // Two may find the same dead owner: only who also gets the second lock may remove the first.
      const guard = `${file}.breaking`;
      if (claim(guard, me)) {
        if (read(file) === text) unlinkSync(file);
        unlinkSync(guard);
      } else if (!alive(parse(read(guard) ?? me))) {
        rmSync(guard, { force: true });
      }
      continue;
    }
    if (!told) onWait(owner.pid);
    told = true;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return () => { if (read(file) === me) rmSync(file, { force: true }); };
}

/** A hard link appears whole or not at all, and only when there is none. */
function claim(file, text) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function alive({ pid, started }) {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return startOf(pid) === started;
}

/** Pids are used again; on Linux a process is told from its successor by its start. */
export function startOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat ? stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] : '';
}

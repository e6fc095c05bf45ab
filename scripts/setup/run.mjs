// Runs a program for setup: its output goes to a log, and the end of it into the error when it fails.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { startOf } from './lock.mjs';
import { readMark, writeMark } from './marks.mjs';

/** A failure that is told in words, without a stack. */
export class SetupError extends Error {}

const children = new Set();

/** Each leads its own group, so that what it started ends with it. */
export function stopChildren() {
  for (const child of children) {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch { /* gone already */ }
  }
}

/** Ends what a killed setup left running: it would write into the same directories as this one. */
export function stopLeftover(directory) {
  const file = path.join(directory, 'running.json');
  const { pid, started } = readMark(file);
  if (pid && started && startOf(pid) === started) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch { /* gone meanwhile */ }
  }
  rmSync(file, { force: true });
}

export async function run(command, args, { cwd, log, env = process.env }) {
  mkdirSync(path.dirname(log), { recursive: true });
  const file = createWriteStream(log);
  let end = '';
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const note = path.join(path.dirname(log), 'running.json');
  if (child.pid) writeMark(note, { pid: child.pid, started: startOf(child.pid) });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      file.write(text);
      end = (end + text).slice(-4_000);
    });
  }
  const problem = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : signal ?? `exit code ${code}`));
  });
  children.delete(child);
  file.end();
  rmSync(note, { force: true });
  if (problem) throw new SetupError(`${path.basename(command)} ${args.slice(0, 3).join(' ')} …: ${problem}\n${end.trimEnd().split('\n').slice(-15).join('\n')}\n(all of it: ${log})`);
}

/** What a program says, or undefined when it cannot be run or fails. */
export function ask(command, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => { text += part; });
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? text.trim() : undefined));
  });
}

// Starts what outlives the command that starts it, and ends it again with everything it started.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DlpError } from '../core/errors.js';
import { family, findProcess, isAlive, type ProcessMark } from './process-table.js';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly log: string;
}

const LOG_LIMIT = 20 * 1024 * 1024;

/** Starts a process that leads its own session (no Ctrl-C of this terminal reaches it) and writes to its log. */
export async function startDetached(program: Program): Promise<ProcessMark> {
  mkdirSync(path.dirname(program.log), { recursive: true });
  if (existsSync(program.log) && statSync(program.log).size > LOG_LIMIT) renameSync(program.log, `${program.log}.1`);
  const log = openSync(program.log, 'a', 0o600);
  try {
    const child = spawn(program.command, program.args, { cwd: program.cwd, env: program.env, detached: true, stdio: ['ignore', log, log] });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => resolve(child.pid!));
      child.once('error', reject);
    });
    child.unref();
    // Gone already: the caller's wait for readiness finds that out and has the log to show.
    return { pid, started: findProcess(pid)?.started ?? 'gone' };
  } catch (cause) {
    throw new DlpError('LOCAL_CLOUD_FAILED', `${program.command} cannot be started: ${(cause as Error).message}`, { cause });
  } finally {
    closeSync(log);
  }
}

/** True as soon as the question is answered with yes; false when the time is over. */
export async function waitUntil(question: () => boolean | Promise<boolean>, milliseconds: number, every = 100): Promise<boolean> {
  const end = Date.now() + milliseconds;
  for (;;) {
    if (await question()) return true;
    if (Date.now() >= end) return false;
    await sleep(every);
  }
}

/**
 * Ends a process and its whole family: asks the first with `signal`, waits, then kills whoever is left. Everyone is
 * remembered by pid and start, so that a pid that was given to someone else meanwhile is left alone.
 * Returns the pids that had to be killed.
 */
export async function endFamily(mark: ProcessMark, signal: NodeJS.Signals, graceMilliseconds: number): Promise<readonly number[]> {
  if (!isAlive(mark)) return [];
  const members = new Map<number, ProcessMark>();
  const remember = (): void => { for (const row of family(mark.pid)) members.set(row.pid, row); };
  remember();
  send(mark, signal);
  const ended = await waitUntil(() => {
    if (!isAlive(mark)) return true;
    remember();
    return false;
  }, graceMilliseconds);
  // What it started ends with it as a rule, a moment later.
  if (ended) await waitUntil(() => [...members.values()].every((member) => !isAlive(member)), 2_000);
  return killAll([...members.values()]);
}

export async function killAll(marks: readonly ProcessMark[]): Promise<readonly number[]> {
  const left = marks.filter(isAlive);
  for (const mark of left) send(mark, 'SIGKILL');
  const gone = await waitUntil(() => left.every((mark) => !isAlive(mark)), 10_000, 20);
  if (!gone) {
    const names = left.filter(isAlive).map(({ pid }) => pid).join(', ');
    throw new DlpError('LOCAL_CLOUD_FAILED', `process ${names} does not end`);
  }
  return left.map(({ pid }) => pid);
}

function send(mark: ProcessMark, signal: NodeJS.Signals): void {
  if (!isAlive(mark)) return;
  try {
    process.kill(mark.pid, signal);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ESRCH') return;
    const why = code === 'EPERM' ? 'it belongs to another user' : String(code);
    throw new DlpError('LOCAL_CLOUD_FAILED', `process ${mark.pid} cannot be ended: ${why}`, { cause });
  }
}

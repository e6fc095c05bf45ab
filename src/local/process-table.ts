// The operating system's table of processes. A process is known by its pid *and* its start, because pids are used again.
// Linux is read from /proc; other systems are asked through `ps`.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Processes } from '../core/deployment.js';

export interface ProcessMark {
  readonly pid: number;
  /** `<boot>:<start>`: together with the pid, no two processes ever share it. */
  readonly started: string;
}
export interface ProcessRow extends ProcessMark {
  readonly parent: number;
  readonly group: number;
}

const linux = process.platform === 'linux';
let bootId: string | undefined;

/** Changes when the machine is started again. */
export function boot(): string {
  bootId ??= linux ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : 'ps';
  return bootId;
}

/** The process with this pid now; undefined when there is none, or only a zombie. */
export function findProcess(pid: number): ProcessRow | undefined {
  if (!linux) return fromPs(['-p', String(pid)])[0];
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold blanks and brackets itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { pid, parent: Number(fields[1]), group: Number(fields[2]), started: `${boot()}:${fields[19]}` };
  } catch {
    return undefined;
  }
}

/** This machine's processes, for whoever must tell a living owner of a lock from a dead one. */
export function thisMachine(): Processes {
  return { host: hostname(), pid: process.pid, startOf: (pid) => findProcess(pid)?.started };
}

export function allProcesses(): readonly ProcessRow[] {
  if (!linux) return fromPs(['-ax']);
  return numbers('/proc').flatMap((pid) => findProcess(pid) ?? []);
}

export function isAlive(mark: ProcessMark): boolean {
  return findProcess(mark.pid)?.started === mark.started;
}

/** A process, what it started, what those started …, and all else in its group. The process itself comes first. */
export function family(pid: number): readonly ProcessRow[] {
  const table = allProcesses();
  const found = new Map<number, ProcessRow>();
  const add = (row: ProcessRow): void => {
    if (found.has(row.pid)) return;
    found.set(row.pid, row);
    for (const child of table) if (child.parent === row.pid) add(child);
  };
  for (const row of table) if (row.pid === pid) add(row);
  for (const row of table) if (row.group === pid) add(row);
  return [...found.values()];
}

/** Every process that was started with this variable, whoever its parent is by now; never this one or its ancestors. */
export function processesWith(variable: string, value: string): readonly ProcessRow[] {
  const mine = ancestors();
  const wanted = `${variable}=${value}`;
  if (!linux) {
    const text = ps(['-axeww', '-o', 'pid=,command=']).split('\n').filter((line) => line.includes(` ${wanted}`));
    const pids = new Set(text.map((line) => Number.parseInt(line, 10)));
    return allProcesses().filter((row) => pids.has(row.pid) && !mine.has(row.pid));
  }
  return allProcesses().filter((row) => !mine.has(row.pid) && environment(row.pid).includes(wanted));
}

/** Every process that runs this program in this directory (Linux only: elsewhere none). */
export function processesIn(directory: string, program: string): readonly ProcessRow[] {
  if (!linux || !existsSync(directory) || !existsSync(program)) return [];
  const [cwd, exe] = [realpathSync(directory), realpathSync(program)];
  return allProcesses().filter((row) => link(row.pid, 'cwd') === cwd && link(row.pid, 'exe') === exe);
}

/** The program and arguments of a process, for a message. */
export function describeProcess(pid: number): string {
  try {
    const words = linux ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ') : ps(['-p', String(pid), '-o', 'command=']);
    return words.trim().slice(0, 120);
  } catch {
    return '';
  }
}

/** One variable that a process was started with; undefined when it has none or may not be read. */
export function variableOf(pid: number, name: string): string | undefined {
  return environment(pid).find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

function environment(pid: number): readonly string[] {
  try {
    return linux ? readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0') : [];
  } catch {
    return [];
  }
}

function ancestors(): ReadonlySet<number> {
  const found = new Set<number>();
  for (let pid: number | undefined = process.pid; pid && !found.has(pid); pid = findProcess(pid)?.parent) found.add(pid);
  return found;
}

function link(pid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return undefined;
  }
}

function numbers(directory: string): readonly number[] {
  return readdirSync(directory).filter((name) => /^\d+$/.test(name)).map(Number);
}

function ps(args: readonly string[]): string {
  return execFileSync('ps', args, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 });
}

function fromPs(selection: readonly string[]): readonly ProcessRow[] {
  let text = '';
  try {
    text = ps([...selection, '-o', 'pid=,ppid=,pgid=,stat=,lstart=']);
  } catch {
    return []; // ps ends with 1 when it found nothing
  }
  return text.split('\n').flatMap((line) => {
    const [pid, parent, group, stat, ...started] = line.trim().split(/\s+/);
    if (!pid || !stat || stat.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), started: `${boot()}:${started.join(' ')}` }];
  });
}

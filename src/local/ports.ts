// Is a port of 127.0.0.1 free, and if not: who has it?
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { DlpError } from '../core/errors.js';
import { allProcesses, describeProcess, variableOf } from './process-table.js';

/** The problem with a port, or undefined when it can be listened on. */
export async function portProblem(port: number, purpose: string, setting: string): Promise<DlpError | undefined> {
  const code = await tryToListen(port) ?? (await answers(port) ? 'EADDRINUSE' : undefined);
  if (code === undefined) return undefined;
  const hint = `stop what listens there, or set another port as environments.local.local.${setting} in dlp.yaml`;
  if (code !== 'EADDRINUSE') return new DlpError('PORT_IN_USE', `port ${port} (${purpose}) cannot be used: ${code}`, { hint });
  const pid = listener(port);
  return new DlpError('PORT_IN_USE', `port ${port} (${purpose}) is in use${pid ? ` by ${holder(pid)}` : ''}`, { hint, details: { port, pid: pid ?? null } });
}

function holder(pid: number): string {
  const other = variableOf(pid, 'DLP_LOCAL_STATE');
  const name = describeProcess(pid);
  return `process ${pid}${other ? `, the local cloud in ${other}` : name && ` (${name})`}`;
}

function tryToListen(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Some systems let us listen on 127.0.0.1 while another has the port on all addresses: then it would answer. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const end = (answer: boolean): void => { socket.destroy(); resolve(answer); };
    socket.once('connect', () => end(true)).once('error', () => end(false)).once('timeout', () => end(false));
  });
}

/** The process that listens on a port; undefined when the system does not tell (another user's process). */
export function listener(port: number): number | undefined {
  if (process.platform !== 'linux') return listenerFromLsof(port);
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)));
  if (inodes.size === 0) return undefined;
  return allProcesses().find(({ pid }) => sockets(pid).some((inode) => inodes.has(inode)))?.pid;
}

function listeningInodes(file: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return readLines(file).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    // Columns: number, local address:port, remote, state (0A is LISTEN), …, the tenth is the inode.
    return fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A' ? [fields[9]!] : [];
  });
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    return []; // a kernel without IPv6
  }
}

function sockets(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function listenerFromLsof(port: number): number | undefined {
  try {
    const out = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(/^p(\d+)$/m.exec(out)?.[1]) || undefined;
  } catch {
    return undefined;
  }
}

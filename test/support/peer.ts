// Programs of .dlp/peers (microburst, moto), as servers on a free port of this machine: started, awaited, ended.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

const BIN = path.resolve(import.meta.dirname, '../../.dlp/peers/bin');
const LIMIT_MS = 60_000;

export interface Peer { stop(): Promise<void> }

/**
 * Starts `program` and waits until `url` answers at all; it ends with this process at the latest.
 * @throws when the peers are not installed, or with what the program said when it ended instead
 */
export async function startPeer(program: string, args: readonly string[], url: string): Promise<Peer> {
  const file = path.join(BIN, program);
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`node scripts/setup.mjs --peers\``);
  let said = '';
  const state = { ended: false };
  const child = execa(file, args, { all: true, buffer: false, reject: false, stdin: 'ignore', extendEnv: false, env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8' } });
  child.all!.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-10_000); });
  const end = child.finally(() => { state.ended = true; });
  for (const since = Date.now(); !(await answers(url)); await sleep(50)) {
    if (!state.ended && Date.now() - since < LIMIT_MS) continue;
    child.kill('SIGKILL');
    throw new Error(`${program} ${state.ended ? 'ended' : `does not answer at ${url}`}: ${said}`);
  }
  return { stop: async () => { child.kill('SIGTERM', undefined); await Promise.race([end, sleep(3_000, undefined, { ref: false })]); child.kill('SIGKILL'); await end; } };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(async (response) => { await response.arrayBuffer(); return true; }, () => false);
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

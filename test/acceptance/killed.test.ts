import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { Account } from '../support/stacks-of.js';
import { createAwsSandbox, dlp, ENVIRONMENT, ROOT } from './harness.js';

const KILLS = 5;
/** DLP_TEST_SEED=… repeats a run that failed. */
const SEED = Number(process.env['DLP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** A process that is killed leaves the rest to its successor: the next deploy ends where an undisturbed one does. */
describe(`dlp deploy, killed (DLP_TEST_SEED=${SEED})`, () => {
  let sandbox: Awaited<ReturnType<typeof createAwsSandbox>>;
  let env: Record<string, string>;
  let account: Account;
  let undisturbed: Lake;
  let length: number;
  const random = generator(SEED);

  beforeAll(async () => {
    sandbox = await createAwsSandbox();
    env = { ...sandbox.env, TMPDIR: path.join(sandbox.directory, 'tmp') };
    await mkdir(env['TMPDIR']!);
    account = new Account(sandbox.port, '111111111111');
    await dlp(sandbox.workspace, ['etl', 'new', 'orders']);
    await startAnew();
    const before = sandbox.proxy.calls.length;
    expect(await dlp(sandbox.workspace, ['deploy', '--env', 'dev'], { env })).toMatchObject({ exitCode: 0 });
    length = sandbox.proxy.calls.length - before;
    undisturbed = await lakeOf(account);
  }, 180_000);

  afterAll(async () => {
    await dlp(sandbox.workspace, ['local', 'down']);
    await sandbox.dispose();
  }, 60_000);

  it.each(Array.from({ length: KILLS }, (_, i) => i))('a kill in part %s of the deploy', async (part) => {
    await startAnew();
    const calls = Math.ceil(((part + random()) / KILLS) * length);
    await killAfter(calls);
    const next = await dlp(sandbox.workspace, ['deploy', '--env', 'dev'], { env });
    expect({ seed: SEED, calls, ...next }).toMatchObject({ exitCode: 0 });
    expect(await lakeOf(account)).toEqual(undisturbed);
    expect(await readdir(env['TMPDIR']!)).toEqual([]);
  }, 180_000);

  /** An account that is bootstrapped and has no lake. */
  async function startAnew(): Promise<void> {
    for (const args of [['local', 'reset', '--yes'], ['local', 'up'], ['bootstrap', '--env', 'dev']]) {
      const done = await dlp(sandbox.workspace, args, { env });
      if (done.exitCode !== 0) throw new Error(`${args.join(' ')}: ${done.stderr}`);
    }
  }

  /** Kills a deploy as soon as so many of its calls have come to the cloud; each is answered or not, as it happens. */
  async function killAfter(count: number): Promise<void> {
    const before = sandbox.proxy.calls.length;
    const child = execa(process.execPath, [path.join(ROOT, 'bin/run.js'), 'deploy', '--env', 'dev'], { cwd: sandbox.workspace, reject: false, stdin: 'ignore', env: { ...ENVIRONMENT, ...env }, extendEnv: false });
    const state = { ended: false };
    void child.finally(() => { state.ended = true; });
    while (!state.ended && sandbox.proxy.calls.length - before < count) await sleep(1);
    child.kill('SIGKILL');
    expect(await child).toMatchObject({ signal: 'SIGKILL' });
  }
});

interface Lake { readonly [stack: string]: { status: string; template: string; resources: readonly string[]; outputs: readonly string[]; openChangeSets: readonly string[] } }

/** The whole account, without the names that CloudFormation makes up. A stack that was created or then updated is the same. */
async function lakeOf(account: Account): Promise<Lake> {
  const stacks = Object.entries(await account.stacks()).toSorted(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(await Promise.all(stacks.map(async ([name, { status, outputs }]) => [name, {
    status: status.replace('UPDATE_COMPLETE', 'CREATE_COMPLETE'),
    template: await account.template(name),
    resources: (await account.resources(name)).map((line) => line.replace('UPDATE_COMPLETE', 'CREATE_COMPLETE')),
    outputs: Object.keys(outputs).toSorted(),
    openChangeSets: await account.openChangeSets(name),
  }])));
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

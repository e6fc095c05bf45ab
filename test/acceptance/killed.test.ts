import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { RecordedCall } from '../support/recording-proxy.js';
import { Account } from '../support/stacks-of.js';
import { createAwsSandbox, dlp, ENVIRONMENT, ROOT } from './harness.js';

const KILLS = 4;
/** DLP_TEST_SEED=… repeats a run that failed. */
const SEED = Number(process.env['DLP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Without the stacks that need the mart: the emulator has one, and each kill gets an account of its own. */
const STACKS = ['Vpc', 'Iam', 'Glue'];

/** A process that is killed leaves the rest to its successor: the next deploy ends where an undisturbed one does. */
describe(`dlp deploy, killed (DLP_TEST_SEED=${SEED})`, () => {
  let sandbox: Awaited<ReturnType<typeof createAwsSandbox>>;
  let env: Record<string, string>;
  let undisturbed: Lake;
  let length: number;
  const random = generator(SEED);

  beforeAll(async () => {
    sandbox = await createAwsSandbox();
    env = { ...sandbox.env, TMPDIR: path.join(sandbox.directory, 'tmp'), DLP_YES: 'true' };
    await mkdir(env['TMPDIR']!);
    expect(await dlp(sandbox.workspace, ['local', 'up'], { env })).toMatchObject({ exitCode: 0 });
    const account = await newAccount(KILLS);
    const before = sandbox.proxy.calls.length;
    expect(await deploy(STACKS)).toMatchObject({ exitCode: 0 });
    length = sandbox.proxy.calls.length - before;
    undisturbed = await lakeOf(account);
  }, 120_000);

  afterAll(async () => {
    await dlp(sandbox.workspace, ['local', 'down']);
    await sandbox.dispose();
  }, 60_000);

  it.each(Array.from({ length: KILLS }, (_, i) => i))('a kill in part %s of the deploy', async (part) => {
    const account = await newAccount(part);
    const calls = Math.ceil(((part + random()) / KILLS) * length);
    const pid = await killAfter(calls, () => true, STACKS);
    const locked = await account.parameter('/dlp/dev/deploy-lock');
    const next = await deploy(STACKS);
    expect({ seed: SEED, calls, ...next }).toMatchObject({ exitCode: 0 });
    if (locked !== undefined) expect(next.stderr).toContain(tookOver(pid));
    expect(await lakeOf(account)).toEqual(undisturbed);
    expect(await readdir(env['TMPDIR']!)).toEqual([]);
  }, 120_000);

  it('a kill of the deploy of the whole lake, while its mart or what stands on it is made', async () => {
    const account = await newAccount(KILLS + 1);
    const begun = 5 + Math.floor(random() * 4);
    const pid = await killAfter(begun, ({ action }) => action === 'ExecuteChangeSet', []);
    expect(JSON.parse(await account.parameter('/dlp/dev/deploy-lock') ?? '{}')).toMatchObject({ pid });
    const next = await deploy([]);
    expect({ seed: SEED, begun, ...next }).toMatchObject({ exitCode: 0 });
    expect(next.stderr).toContain(tookOver(pid));
    const { lock, lastDeploy, stacks } = await lakeOf(account);
    expect({ lock, lastDeploy }).toEqual({ lock: undefined, lastDeploy: { outcome: 'succeeded' } });
    expect(Object.keys(stacks)).toHaveLength(10);
    for (const [name, { status, resources, openChangeSets }] of Object.entries(stacks)) {
      expect({ name, status, openChangeSets }).toEqual({ name, status: 'CREATE_COMPLETE', openChangeSets: [] });
      expect(resources.filter((line) => !line.endsWith(' CREATE_COMPLETE'))).toEqual([]);
    }
    expect(await dlp(sandbox.workspace, ['diff', '--env', 'dev', '--fail'], { env })).toMatchObject({ exitCode: 0 });
    expect(await readdir(env['TMPDIR']!)).toEqual([]);
  }, 180_000);

  /** Nobody has to break it. */
  const tookOver = (pid: number | undefined) => `took over the lock of a deployment that was killed (process ${pid},`;
  const deploy = (stacks: readonly string[]) => dlp(sandbox.workspace, ['deploy', '--env', 'dev', ...stacks], { env });

  /** The environment dev becomes an account that is bootstrapped and has no lake. */
  async function newAccount(number: number): Promise<Account> {
    const id = String(100_000_000_000 + number);
    const config = path.join(sandbox.workspace, 'dlp.yaml');
    await writeFile(config, (await readFile(config, 'utf8')).replace(/(?<=\n {2}dev:\n {4}account: ")\d{12}/, id));
    await writeFile(env['AWS_CONFIG_FILE']!, `[profile lake-dev]\naws_access_key_id = ${id}\naws_secret_access_key = x\nregion = eu-west-2\n`);
    expect(await dlp(sandbox.workspace, ['bootstrap', '--env', 'dev'], { env })).toMatchObject({ exitCode: 0 });
    return new Account(sandbox.port, id);
  }

  /** Kills a deploy as soon as so many of such calls have come to the cloud; each is answered or not, as it happens. @returns its process */
  async function killAfter(count: number, such: (call: RecordedCall) => boolean, stacks: readonly string[]): Promise<number | undefined> {
    const { calls } = sandbox.proxy;
    const before = calls.length;
    const child = execa(process.execPath, [path.join(ROOT, 'bin/run.js'), 'deploy', '--env', 'dev', ...stacks], { cwd: sandbox.workspace, reject: false, stdin: 'ignore', env: { ...ENVIRONMENT, ...env }, extendEnv: false });
    const state = { ended: false };
    void child.finally(() => { state.ended = true; });
    while (!state.ended && calls.slice(before).filter(such).length < count) await sleep(1);
    child.kill('SIGKILL');
    expect(await child).toMatchObject({ signal: 'SIGKILL' });
    return child.pid;
  }
});

interface Lake { readonly stacks: Readonly<Record<string, { status: string; template: string; resources: readonly string[]; outputs: readonly string[]; openChangeSets: readonly string[] }>>; readonly lock: string | undefined; readonly lastDeploy: object }

/** The whole account, without what is made up anew each time. A stack that was created or then updated is the same. */
async function lakeOf(account: Account): Promise<Lake> {
  const stacks = Object.entries(await account.stacks()).toSorted(([a], [b]) => a.localeCompare(b));
  const { outcome } = JSON.parse(await account.parameter('/dlp/dev/last-deploy') ?? '{}') as { outcome?: string };
  return {
    lock: await account.parameter('/dlp/dev/deploy-lock'),
    lastDeploy: { outcome },
    stacks: Object.fromEntries(await Promise.all(stacks.map(async ([name, { status, outputs }]) => [name, {
      status: status.replace('UPDATE_COMPLETE', 'CREATE_COMPLETE'),
      template: (await account.template(name)).replaceAll(account.id, '<account>'),
      resources: (await account.resources(name)).map((line) => line.replace('UPDATE_COMPLETE', 'CREATE_COMPLETE')),
      outputs: Object.keys(outputs).toSorted(),
      openChangeSets: await account.openChangeSets(name),
    }]))),
  };
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

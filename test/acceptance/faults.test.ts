import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMicroburst, type Fault, type FaultRule, type Microburst } from '../support/microburst.js';
import { Account } from '../support/stacks-of.js';
import { createAwsSandbox, dlp, type Sandbox } from './harness.js';

interface Claim { ok: boolean; result: { stacks: { name: string; result: string; outputs: Record<string, string> }[] }; error?: { code: string; message: string } }

const ZONES = 'Dev-DataLakeInfrastructureS3BucketZones';
const VPC = 'Dev-DataLakeInfrastructureVpc';
const THROTTLED = { code: 'ThrottlingException', message: 'Rate exceeded' };
const UNAVAILABLE = { code: 'ServiceUnavailable', status: 503 };

/** dlp → microburst → recording proxy → emulator. Each test has an account of its own, so that nothing is there before. */
describe('dlp when AWS stumbles', () => {
  let sandbox: Awaited<ReturnType<typeof createAwsSandbox>>;
  let faults: Microburst;
  let account: Account;
  let accounts = 0;

  beforeAll(async () => {
    sandbox = await createAwsSandbox();
    const up = await dlp(sandbox.workspace, ['local', 'up']);
    if (up.exitCode !== 0) throw new Error(up.stderr);
    faults = await startMicroburst(sandbox.proxy.url);
  }, 120_000);

  afterAll(async () => {
    await faults?.stop();
    await dlp(sandbox.workspace, ['local', 'down']);
    await sandbox.dispose();
  }, 60_000);

  beforeEach(async () => {
    accounts += 1;
    account = await freshAccount(sandbox, accounts);
    await faults.set([]);
  });

  const run = (...args: string[]) => dlp(sandbox.workspace, args, { env: { ...sandbox.env, AWS_ENDPOINT_URL: faults.url } });
  const bootstrapped = async () => expect(await run('bootstrap', '--env', 'dev')).toMatchObject({ exitCode: 0 });

  /** Runs dlp; the rules begin to hold once a call of that name has reached the emulator. */
  async function withFaultsFrom(action: string, rules: readonly FaultRule[], ...args: string[]) {
    const { calls } = sandbox.proxy;
    const before = calls.length;
    const state = { ended: false };
    const running = run(...args).finally(() => { state.ended = true; });
    while (!state.ended && !calls.slice(before).some((call) => call.action === action)) await sleep(2);
    await faults.set(rules);
    return running;
  }

  /** What dlp claims to have deployed is what CloudFormation has, and nothing is left half done. */
  async function expectTruth(stdout: string, ...names: string[]) {
    const claim = JSON.parse(stdout) as Claim;
    expect(claim).toMatchObject({ ok: true });
    const there = await account.stacks();
    expect(claim.result.stacks.map((stack) => stack.name).toSorted()).toEqual(names.toSorted());
    expect(Object.keys(there).toSorted()).toEqual(['CDKToolkit', ...names].toSorted());
    for (const { name, result, outputs } of claim.result.stacks) {
      expect({ name, result }).toEqual({ name, result: 'deployed' });
      expect({ name, status: there[name]!.status, outputs: there[name]!.outputs }).toEqual({ name, status: 'CREATE_COMPLETE', outputs });
      expect(Object.keys(outputs).length).toBeGreaterThan(0);
      expect(await account.openChangeSets(name)).toEqual([]);
    }
  }

  it('throttled on every third call: bootstrap and deploy end as they would without', async () => {
    await faults.set([{ service: '*', sequence: { fail: 1, pass: 2 }, error: THROTTLED }]);
    const bootstrap = await run('bootstrap', '--env', 'dev', '--json');
    expect(bootstrap).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(bootstrap.stdout)).toMatchObject({ ok: true, result: { account: account.id, result: 'created' } });
    expect(await account.status('CDKToolkit')).toBe('CREATE_COMPLETE');
    const deploy = await run('deploy', '--env', 'dev', 'S3BucketZones', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES);
    expect(operations(await faults.fired())).toEqual(expect.arrayContaining(['sts:GetCallerIdentity', 'cloudformation:CreateChangeSet', 'cloudformation:DescribeStacks']));
  }, 120_000);

  it('20 seconds of 503 from the first answer on: bootstrap', async () => {
    const bootstrap = await withFaultsFrom('GetCallerIdentity', [{ service: '*', ttl_s: 20, error: UNAVAILABLE }], 'bootstrap', '--env', 'dev', '--json');
    expect(bootstrap).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(bootstrap.stdout)).toMatchObject({ ok: true, result: { account: account.id, result: 'created' } });
    expect(await account.status('CDKToolkit')).toBe('CREATE_COMPLETE');
    expect(await faults.fired()).not.toHaveLength(0);
  }, 120_000);

  it.each(['AssumeRole', 'ExecuteChangeSet'])('20 seconds of 503 in the middle of a deploy, from the first %s on', async (action) => {
    await bootstrapped();
    const deploy = await withFaultsFrom(action, [{ service: '*', ttl_s: 20, error: UNAVAILABLE }], 'deploy', '--env', 'dev', 'S3BucketZones', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES);
    expect(await faults.fired()).not.toHaveLength(0);
  }, 120_000);

  it('the connection breaks in the middle of uploads', async () => {
    await bootstrapped();
    await faults.set([{ service: 's3', operation: 'PutObject', times: 3, request: { cut_upload: { after_bytes: 1_000 } } }]);
    const deploy = await run('deploy', '--env', 'dev', 'Vpc', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES, VPC);
    expect((await faults.fired()).map((fault) => fault.action)).toEqual(Array(3).fill('request:cut_upload:1000B'));
  }, 120_000);

  // The toolkit asks seven times, over a minute, and then takes the whole deployment for failed; a refusal is the same at once.
  it.each([
    ['throttled for a while', { times: 3, error: THROTTLED }],
    ['refused', { error: { code: 'AccessDenied', status: 403 } }],
  ])('the last look at the events of a stack is %s: what is there counts', async (_, fault) => {
    await bootstrapped();
    await faults.set([{ service: 'cloudformation', operation: 'DescribeStackEvents', ...fault }]);
    const deploy = await run('deploy', '--env', 'dev', 'S3BucketZones', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES);
    expect(operations(await faults.fired())).toEqual(['cloudformation:DescribeStackEvents']);
  }, 180_000);
});

/** The environment dev becomes an account that nobody used before. */
async function freshAccount({ directory, workspace, port }: Sandbox, number: number): Promise<Account> {
  const id = String(100_000_000_000 + number);
  const config = path.join(workspace, 'dlp.yaml');
  await writeFile(config, (await readFile(config, 'utf8')).replace(/(?<=\n {2}dev:\n {4}account: ")\d{12}/, id));
  await writeFile(path.join(directory, 'aws.config'), `[profile lake-dev]\naws_access_key_id = ${id}\naws_secret_access_key = x\nregion = eu-west-2\n`);
  return new Account(port, id);
}

/** Which operations failed, each once. */
function operations(fired: readonly Fault[]): readonly string[] {
  return [...new Set(fired.map(({ service, operation }) => `${service}:${operation}`))].toSorted();
}

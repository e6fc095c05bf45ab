import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMicroburst, type Fault, type FaultRule, type Microburst } from '../support/microburst.js';
import { Account } from '../support/stacks-of.js';
import { createAwsSandbox, dlp, type Sandbox } from './harness.js';

interface Claim { ok: boolean; result: { stacks: { name: string; result: string; outputs: Record<string, string> }[] }; error?: { code: string; message: string } }
interface Look { ok: boolean; result: { healthy: boolean; environments: { access: { state: string; code?: string }; parts: Record<string, Part | null> | null }[] } }
interface Part { value?: unknown; unread?: string; code?: string }

const ZONES = 'Dev-DataLakeInfrastructureS3BucketZones';
const VPC = 'Dev-DataLakeInfrastructureVpc';
const THROTTLED = { code: 'ThrottlingException', message: 'Rate exceeded' };
const REFUSED = { code: 'AccessDenied', status: 403 };
const STORM: FaultRule = { service: '*', ttl_s: 20, error: { code: 'ServiceUnavailable', status: 503 } };
const EVERY_THIRD: FaultRule = { service: '*', sequence: { fail: 1, pass: 2 }, error: THROTTLED };

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

  const run = (...args: string[]) => dlp(sandbox.workspace, args, { env: { ...sandbox.env, AWS_ENDPOINT_URL: faults.url, DLP_YES: 'true' } });
  const bootstrapped = async () => expect(await run('bootstrap', '--env', 'dev')).toMatchObject({ exitCode: 0 });

  /** Runs dlp; the rules begin to hold once the nth call of that name has reached the emulator. */
  async function withFaultsFrom([action, nth]: readonly [string, number], rules: readonly FaultRule[], ...args: string[]) {
    const { calls } = sandbox.proxy;
    const before = calls.length;
    const state = { ended: false };
    const running = run(...args).finally(() => { state.ended = true; });
    while (!state.ended && calls.slice(before).filter((call) => call.action === action).length < nth) await sleep(1);
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
    expect(await account.parameter('/dlp/dev/deploy-lock')).toBeUndefined();
    expect(JSON.parse((await account.parameter('/dlp/dev/last-deploy'))!)).toMatchObject({ outcome: 'succeeded' });
  }

  /** The stacks that status shows are those that are there, with the same states; every other part was read as well. */
  async function expectTrueStatus({ exitCode, stdout }: { exitCode: number; stdout: string }) {
    expect(exitCode).toBe(0);
    const { ok, result: { environments: [dev] } } = JSON.parse(stdout) as Look;
    expect(ok).toBe(true);
    const shown = (dev!.parts!['stacks']!.value as { name: string; status: string }[]).map(({ name, status }) => [name, status]);
    const there = Object.entries(await account.stacks()).filter(([name]) => name !== 'CDKToolkit').map(([name, { status }]) => [name, status]);
    expect(shown.toSorted()).toEqual(there.toSorted());
    expect(Object.values(dev!.parts!).filter((part) => part?.unread)).toEqual([]);
  }

  it('throttled on every third call: bootstrap, deploy and status end as they would without', async () => {
    await faults.set([EVERY_THIRD]);
    const bootstrap = await run('bootstrap', '--env', 'dev', '--json');
    expect(bootstrap).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(bootstrap.stdout)).toMatchObject({ ok: true, result: { environments: [{ account: account.id, result: 'created' }] } });
    expect(await account.status('CDKToolkit')).toBe('CREATE_COMPLETE');
    const before = sandbox.proxy.calls.length;
    const deploy = await run('deploy', '--env', 'dev', 'S3BucketZones', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES);
    expect(operations(await faults.fired())).toEqual(expect.arrayContaining(['sts:GetCallerIdentity', 'cloudformation:DescribeStacks', 'sts:AssumeRole']));
    // A role that cannot be assumed at once must not make the CDK go on with the rights of the caller, whose key is the account.
    const byCaller = sandbox.proxy.calls.slice(before).filter((call) => call.write && call.accessKey === account.id);
    expect(new Set(byCaller.map(({ action }) => action))).toEqual(new Set(['PutParameter', 'DeleteParameter']));
    await expectTrueStatus(await run('status', '--env', 'dev', '--json'));
  }, 120_000);

  it('20 seconds of 503 from where the CDK begins: bootstrap; status meanwhile ends, and says what it could not see', async () => {
    const storm = withFaultsFrom(['GetCallerIdentity', 2], [STORM], 'bootstrap', '--env', 'dev', '--json');
    await untilFired();
    const blind = await run('status', '--env', 'dev', '--json');
    expect(blind.exitCode).toBe(3);
    expect(JSON.parse(blind.stdout)).toMatchObject({ ok: false, result: { healthy: false, problems: [], environments: [{ access: { state: 'not reachable' }, parts: null }] } });
    const bootstrap = await storm;
    expect(bootstrap).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(bootstrap.stdout)).toMatchObject({ ok: true, result: { environments: [{ account: account.id, result: 'created' }] } });
    expect(await account.status('CDKToolkit')).toBe('CREATE_COMPLETE');
    await expectTrueStatus(await run('status', '--env', 'dev', '--json'));
  }, 120_000);

  it('20 seconds of 503 in the middle of a deploy', async () => {
    await bootstrapped();
    const deploy = await withFaultsFrom(['ExecuteChangeSet', 1], [STORM], 'deploy', '--env', 'dev', 'Vpc', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES, VPC);
    expect(await faults.fired()).not.toHaveLength(0);
  }, 120_000);

  it('the connection breaks in the middle of uploads; a part that status may not read says so', async () => {
    await bootstrapped();
    await faults.set([{ service: 's3', operation: 'PutObject', times: 3, request: { cut_upload: { after_bytes: 1_000 } } }]);
    const deploy = await run('deploy', '--env', 'dev', 'Vpc', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES, VPC);
    expect((await faults.fired()).map((fault) => fault.action)).toEqual(Array(3).fill('request:cut_upload:1000B'));

    await faults.set([{ service: 'cloudwatch', error: REFUSED }, { service: 'ssm', error: STORM.error! }]);
    const { exitCode, stdout } = await run('status', '--env', 'dev', '--json');
    expect(exitCode).toBe(3);
    const { ok, result: { healthy, environments: [dev] } } = JSON.parse(stdout) as Look;
    expect({ ok, healthy }).toEqual({ ok: false, healthy: false });
    expect(dev!.parts).toMatchObject({
      stacks: { value: [{ name: ZONES }, { name: VPC }] }, secrets: { value: [] },
      alarms: { unread: 'no permission', code: 'ACCESS_DENIED' }, lock: { unread: 'timed out' }, lastDeploy: { unread: 'timed out' }, bootstrap: { unread: 'timed out' },
    });
  }, 120_000);

  // The toolkit gives up on a deployment whose events it cannot read, which it does at once when it is refused.
  it('the last look at the events of a stack is refused: what is there counts', async () => {
    await bootstrapped();
    await faults.set([{ service: 'cloudformation', operation: 'DescribeStackEvents', error: REFUSED }]);
    const deploy = await run('deploy', '--env', 'dev', 'S3BucketZones', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES);
    expect(operations(await faults.fired())).toEqual(['cloudformation:DescribeStackEvents']);
  }, 120_000);

  it('the last look at the stacks is throttled: it is taken again', async () => {
    await bootstrapped();
    const deploy = await withFaultsFrom(['DescribeStackEvents', 1], [{ service: 'cloudformation', times: 4, error: THROTTLED }], 'deploy', '--env', 'dev', 'S3BucketZones', '--json');
    expect(deploy).toMatchObject({ exitCode: 0 });
    await expectTruth(deploy.stdout, ZONES);
    expect(await faults.fired()).toHaveLength(4);
  }, 120_000);

  it('a role that is taken away in the middle is no reason to go on without it', async () => {
    await bootstrapped();
    const before = sandbox.proxy.calls.length;
    // Three of them are the look before anything is written.
    const deploy = await withFaultsFrom(['AssumeRole', 3], [{ service: 'sts', operation: 'AssumeRole', error: REFUSED }], 'deploy', '--env', 'dev', 'S3BucketZones', '--json');
    expect(deploy.exitCode).toBe(3);
    expect(JSON.parse(deploy.stdout)).toMatchObject({ ok: false, error: { code: 'ROLE_REFUSED', message: expect.stringContaining(`arn:aws:iam::${account.id}:role/cdk-hnb659fds-`) } });
    expect(sandbox.proxy.calls.slice(before).filter((call) => call.write).map(({ action }) => action)).toEqual(['PutParameter', 'PutParameter', 'DeleteParameter']);
    expect(Object.keys(await account.stacks())).toEqual(['CDKToolkit']);
  }, 120_000);

  async function untilFired(): Promise<void> {
    while ((await faults.fired()).length === 0) await sleep(20);
  }
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

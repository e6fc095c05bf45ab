import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMicroburst, type Fault, type FaultRule, type Microburst } from '../support/microburst.js';
import { startRecordingProxy, type RecordingProxy } from '../support/recording-proxy.js';
import { Account } from '../support/stacks-of.js';
import { createAwsSandbox, dlp, type Sandbox } from './harness.js';

interface Claim { ok: boolean; result: { stacks: { name: string; result: string; outputs: Record<string, string> }[] }; error?: { code: string; message: string } }
interface Look { ok: boolean; result: { environments: { parts: Record<string, Part | null> | null }[] } }
interface Done { exitCode: number; stdout: string }
interface Part { value?: unknown; unread?: string; code?: string }

const THROTTLED = { code: 'ThrottlingException', message: 'Rate exceeded' };
const REFUSED = { code: 'AccessDenied', status: 403 };
const STORM: FaultRule = { service: '*', ttl_s: 20, error: { code: 'ServiceUnavailable', status: 503 } };

/** dlp → microburst → recording proxy → emulator; each environment has a way of its own. */
interface Way { readonly environment: 'dev' | 'test' | 'prod'; readonly proxy: RecordingProxy; readonly faults: Microburst }

/** Each test has accounts of its own, so that nothing is there before. */
describe('dlp when AWS stumbles', () => {
  let sandbox: Awaited<ReturnType<typeof createAwsSandbox>>;
  let ways: Record<Way['environment'], Way>;
  let accounts = 0;

  beforeAll(async () => {
    sandbox = await createAwsSandbox();
    const up = await dlp(sandbox.workspace, ['local', 'up']);
    if (up.exitCode !== 0) throw new Error(up.stderr);
    const [dev, test, prod] = await Promise.all((['dev', 'test', 'prod'] as const).map(async (environment) => {
      const proxy = await startRecordingProxy(sandbox.port);
      return { environment, proxy, faults: await startMicroburst(proxy.url) };
    }));
    ways = { dev: dev!, test: test!, prod: prod! };
  }, 120_000);

  afterAll(async () => {
    for (const { proxy, faults } of Object.values(ways ?? {})) {
      await faults.stop();
      await proxy.close();
    }
    await dlp(sandbox.workspace, ['local', 'down']);
    await sandbox.dispose();
  }, 60_000);

  beforeEach(async () => {
    accounts += 1;
    await freshAccounts(sandbox, accounts);
    await Promise.all(Object.values(ways).map(({ faults }) => faults.set([])));
  });

  const accountOf = ({ environment }: Way) => new Account(sandbox.port, accountId(environment, accounts));
  const run = ({ environment, faults }: Way, command: string, ...args: string[]) => dlp(sandbox.workspace, [command, '--env', environment, '--json', ...args], { env: { ...sandbox.env, AWS_ENDPOINT_URL: faults.url, DLP_YES: 'true' } });
  const bootstrapped = async (way: Way) => expect(await run(way, 'bootstrap')).toMatchObject({ exitCode: 0 });

  /** Runs dlp; the rules begin to hold once the nth call of that name has reached the emulator. */
  async function withFaultsFrom([action, nth]: readonly [string, number], rules: readonly FaultRule[], way: Way, command: string, ...args: string[]) {
    const { proxy: { calls }, faults } = way;
    const before = calls.length;
    const state = { ended: false };
    const running = run(way, command, ...args).finally(() => { state.ended = true; });
    while (!state.ended && calls.slice(before).filter((call) => call.action === action).length < nth) await sleep(1);
    await faults.set(rules);
    return running;
  }

  /** What dlp claims to have deployed is what CloudFormation has, and nothing is left half done. */
  async function expectDeployed(way: Way, { exitCode, stdout }: Done, ...names: string[]) {
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    const claim = JSON.parse(stdout) as Claim;
    const account = accountOf(way);
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
    expect(await account.parameter(`/dlp/${way.environment}/deploy-lock`)).toBeUndefined();
    expect(JSON.parse((await account.parameter(`/dlp/${way.environment}/last-deploy`))!)).toMatchObject({ outcome: 'succeeded' });
  }

  /** The stacks that status shows are those that are there, with the same states; every other part was read as well. */
  async function expectTrueStatus(way: Way) {
    const { exitCode, stdout } = await run(way, 'status');
    expect(exitCode).toBe(0);
    const { ok, result: { environments: [dev] } } = JSON.parse(stdout) as Look;
    expect(ok).toBe(true);
    const shown = (dev!.parts!['stacks']!.value as { name: string; status: string }[]).map(({ name, status }) => [name, status]);
    const there = Object.entries(await accountOf(way).stacks()).filter(([name]) => name !== 'CDKToolkit').map(([name, { status }]) => [name, status]);
    expect(shown.toSorted()).toEqual(there.toSorted());
    expect(Object.values(dev!.parts!).filter((part) => part?.unread)).toEqual([]);
  }

  async function expectBootstrapped(way: Way, { exitCode, stdout }: Done) {
    const account = accountOf(way);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, result: { environments: [{ account: account.id, result: 'created' }] } });
    expect(await account.status('CDKToolkit')).toBe('CREATE_COMPLETE');
  }

  it('throttled on every third call, and in 20 seconds of 503: bootstrap, deploy and status end well, and claim what is there', async () => {
    const { dev, test, prod } = ways;
    const deployInStorm = async () => {
      await bootstrapped(dev);
      await expectDeployed(dev, await withFaultsFrom(['ExecuteChangeSet', 1], [STORM], dev, 'deploy', 'Vpc'), zones(dev), 'Dev-DataLakeInfrastructureVpc');
      expect(await dev.faults.fired()).not.toHaveLength(0);
    };
    const bootstrapInStorm = async () => {
      // From where the CDK begins: what comes before is asked by clients of ours.
      const storm = withFaultsFrom(['GetCallerIdentity', 2], [STORM], test, 'bootstrap');
      while ((await test.faults.fired()).length === 0) await sleep(20);
      const blind = await run(test, 'status');
      expect(blind.exitCode).toBe(3);
      expect(JSON.parse(blind.stdout)).toMatchObject({ ok: false, result: { healthy: false, problems: [], environments: [{ access: { state: 'not reachable' }, parts: null }] } });
      await expectBootstrapped(test, await storm);
      await expectTrueStatus(test);
      await test.faults.set([{ ...STORM, service: 'ssm' }, { service: 'cloudwatch', error: REFUSED }]);
      const half = await run(test, 'status');
      expect(half.exitCode).toBe(3);
      expect(JSON.parse(half.stdout)).toMatchObject({
        ok: false, result: {
          healthy: false, problems: [], environments: [{ access: { state: 'signed in' }, parts: {
            stacks: { value: [] }, secrets: { value: [] }, alarms: { unread: 'no permission', code: 'ACCESS_DENIED' },
            lock: { unread: 'timed out' }, lastDeploy: { unread: 'timed out' }, bootstrap: { unread: 'timed out' },
          } }],
        },
      });
    };
    const throttled = async () => {
      await prod.faults.set([{ service: '*', sequence: { fail: 1, pass: 2 }, error: THROTTLED }]);
      await expectBootstrapped(prod, await run(prod, 'bootstrap'));
      const before = prod.proxy.calls.length;
      await expectDeployed(prod, await run(prod, 'deploy', 'S3BucketZones', '--confirm', 'prod', '--force-git'), zones(prod));
      expect(operations(await prod.faults.fired())).toEqual(expect.arrayContaining(['sts:GetCallerIdentity', 'cloudformation:DescribeStacks', 'sts:AssumeRole']));
      // A role that cannot be assumed at once must not make the CDK go on with the rights of the caller, whose key is the account.
      const byCaller = prod.proxy.calls.slice(before).filter((call) => call.write && call.accessKey === accountOf(prod).id);
      expect(new Set(byCaller.map(({ action }) => action))).toEqual(new Set(['PutParameter', 'DeleteParameter']));
      await expectTrueStatus(prod);
    };
    // At the same time, since most of it is waiting.
    const [a, b, c] = await Promise.allSettled([deployInStorm(), bootstrapInStorm(), throttled()]);
    const well = { status: 'fulfilled', value: undefined };
    expect({ deployInStorm: a, bootstrapInStorm: b, throttled: c }).toEqual({ deployInStorm: well, bootstrapInStorm: well, throttled: well });
  }, 240_000);

  it('the connection breaks in the middle of uploads', async () => {
    const { dev } = ways;
    await bootstrapped(dev);
    await dev.faults.set([{ service: 's3', operation: 'PutObject', times: 3, request: { cut_upload: { after_bytes: 1_000 } } }]);
    await expectDeployed(dev, await run(dev, 'deploy', 'Vpc'), zones(dev), 'Dev-DataLakeInfrastructureVpc');
    expect((await dev.faults.fired()).map((fault) => fault.action)).toEqual(Array(3).fill('request:cut_upload:1000B'));
  }, 120_000);

  // The toolkit gives up on a deployment whose events it cannot read: at once when it is refused, after a minute when it is throttled.
  it('the last look at the events of a stack is refused: what is there counts', async () => {
    const { dev } = ways;
    await bootstrapped(dev);
    await dev.faults.set([{ service: 'cloudformation', operation: 'DescribeStackEvents', error: REFUSED }]);
    await expectDeployed(dev, await run(dev, 'deploy', 'S3BucketZones'), zones(dev));
    expect(operations(await dev.faults.fired())).toEqual(['cloudformation:DescribeStackEvents']);
  }, 120_000);

  it('the last look at the stacks is throttled: it is taken again', async () => {
    const { dev } = ways;
    await bootstrapped(dev);
    await expectDeployed(dev, await withFaultsFrom(['DescribeStackEvents', 1], [{ service: 'cloudformation', times: 4, error: THROTTLED }], dev, 'deploy', 'S3BucketZones'), zones(dev));
    expect(await dev.faults.fired()).toHaveLength(4);
  }, 120_000);

  it('a role that is taken away in the middle is no reason to go on without it', async () => {
    const { dev } = ways;
    await bootstrapped(dev);
    const before = dev.proxy.calls.length;
    // Three of them are the look before anything is written.
    const deploy = await withFaultsFrom(['AssumeRole', 3], [{ service: 'sts', operation: 'AssumeRole', error: REFUSED }], dev, 'deploy', 'S3BucketZones');
    expect(deploy.exitCode).toBe(3);
    expect(JSON.parse(deploy.stdout)).toMatchObject({ ok: false, error: { code: 'ROLE_REFUSED', message: expect.stringContaining(`arn:aws:iam::${accountOf(dev).id}:role/cdk-hnb659fds-`) } });
    // The lock, the record, the lock.
    expect(dev.proxy.calls.slice(before).filter((call) => call.write).map(({ action }) => action)).toEqual(['PutParameter', 'PutParameter', 'DeleteParameter']);
    expect(Object.keys(await accountOf(dev).stacks())).toEqual(['CDKToolkit']);
  }, 120_000);
});

function zones({ environment }: Way): string {
  return `${environment[0]!.toUpperCase()}${environment.slice(1)}-DataLakeInfrastructureS3BucketZones`;
}

function accountId(environment: Way['environment'], number: number): string {
  return String({ dev: 100_000_000_000, test: 200_000_000_000, prod: 300_000_000_000 }[environment] + number);
}

/** The environments become accounts that nobody used before. */
async function freshAccounts({ directory, workspace }: Sandbox, number: number): Promise<void> {
  const file = path.join(workspace, 'dlp.yaml');
  let config = await readFile(file, 'utf8');
  let profiles = '';
  for (const environment of ['dev', 'test', 'prod'] as const) {
    const id = accountId(environment, number);
    config = config.replace(new RegExp(`(?<=\\n {2}${environment}:\\n {4}account: ")\\d{12}`), id);
    profiles += `[profile lake-${environment}]\naws_access_key_id = ${id}\naws_secret_access_key = x\nregion = eu-west-2\n`;
  }
  await writeFile(file, config);
  await writeFile(path.join(directory, 'aws.config'), profiles);
}

/** Which operations failed, each once. */
function operations(fired: readonly Fault[]): readonly string[] {
  return [...new Set(fired.map(({ service, operation }) => `${service}:${operation}`))].toSorted();
}

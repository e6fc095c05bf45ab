import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetBucketVersioningCommand, GetPublicAccessBlockCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { MOTO_ACCOUNT, startMoto, type Moto } from '../support/moto.js';
import { createSandbox, dlp, type Sandbox } from './harness.js';

interface Answer { ok: boolean; result: Record<string, unknown>; error: { code: string; message: string; details?: Record<string, unknown> } }

/**
 * Another imitation of AWS than the one that the lake is developed on: what dlp takes for granted and only MiniStack does
 * would show here. moto leaves out parts of the bootstrap, lacks Fn::GetStackOutput and outputs of change sets, mixes up
 * change sets of one name and ends each operation at once, so it cannot hold the lake; what dlp then says must still be true.
 */
describe('dlp on moto', () => {
  let sandbox: Sandbox;
  let moto: Moto;

  beforeAll(async () => {
    [sandbox, moto] = await Promise.all([createSandbox(), startMoto()]);
    const file = path.join(sandbox.workspace, 'dlp.yaml');
    const secrets = (environment: string) => `  ${environment}:\n    secrets: { github-token: { description: reads the repositories } }\n`;
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"(111111111111|222222222222)"/g, `"${MOTO_ACCOUNT}"`).replace(/^ +profile: .*\n/gm, '')
      .replace('  dev:\n', secrets('dev')).replace('  test:\n', secrets('test')));
  }, 120_000);

  afterAll(async () => {
    await moto?.stop();
    await sandbox?.dispose();
  });

  const settings = () => ({ region: 'eu-west-2', endpoint: moto.url, credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } });

  /** Whatever moto lacks, dlp ends as it says that it does, and shows nobody its own inside. */
  async function run(args: readonly string[], input?: string) {
    const done = await dlp(sandbox.workspace, args, { env: { AWS_ENDPOINT_URL: moto.url, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }, ...(input !== undefined && { input }) });
    expect([0, 1, 2, 3, 4]).toContain(done.exitCode);
    expect(done.stdout + done.stderr).not.toMatch(/^ +at /m);
    return done;
  }
  async function ask(...args: string[]) {
    const { exitCode, stdout } = await run([...args, '--json']);
    return { exitCode, ...JSON.parse(stdout) as Answer };
  }

  /** Asked directly, not through dlp. */
  async function statuses(): Promise<Readonly<Record<string, string>>> {
    const { Stacks = [] } = await new CloudFormationClient(settings()).send(new DescribeStacksCommand({}));
    return Object.fromEntries(Stacks.map(({ StackName, StackStatus }) => [StackName!, StackStatus!]));
  }
  const lakeStacks = async () => Object.entries(await statuses()).filter(([name]) => name.startsWith('Dev-'));

  it('login --status tells whose the credentials are, and where they do not belong', async () => {
    const { stdout } = await run(['login', '--status']);
    expect(stdout).toMatch(new RegExp(`^dev +– +environment keys +${MOTO_ACCOUNT} +user/moto +– +ok$`, 'm'));
    expect(stdout).toMatch(/^prod: prod is account 333333333333$/m);
  });

  it('refuses to deploy, and to write to the account of another environment', async () => {
    expect(await ask('deploy', '--env', 'dev', '--yes')).toMatchObject({ exitCode: 2, ok: false, error: { code: 'NOT_BOOTSTRAPPED' } });
    expect(await ask('bootstrap', '--env', 'prod', '--yes')).toMatchObject({ exitCode: 2, ok: false, error: { code: 'WRONG_ACCOUNT' } });
    expect(await statuses()).toEqual({});
  }, 60_000);

  it('bootstraps, and each of its checks says what is there', async () => {
    const { ok, exitCode, result, error } = await ask('bootstrap', '--env', 'dev', '--yes');
    expect((await statuses())['CDKToolkit']).toBe('CREATE_COMPLETE');
    if (!ok) expect({ exitCode, code: error.code }).toEqual({ exitCode: 1, code: 'BOOTSTRAP_INCOMPLETE' });
    const { checks } = (ok ? (result['environments'] as unknown[])[0] : error.details) as { checks: { check: string; ok: boolean }[] };
    const s3 = new S3Client({ ...settings(), forcePathStyle: true });
    const bucket = { Bucket: `cdk-hnb659fds-assets-${MOTO_ACCOUNT}-eu-west-2` };
    const yes = (asked: Promise<unknown>) => asked.then(() => true, () => false);
    const there = {
      bucket: await yes(s3.send(new HeadBucketCommand(bucket))), 'public access': await yes(s3.send(new GetPublicAccessBlockCommand(bucket))),
      versions: (await s3.send(new GetBucketVersioningCommand(bucket))).Status === 'Enabled',
    };
    expect(Object.fromEntries(checks.filter(({ check }) => check in there).map((check) => [check.check, check.ok]))).toEqual(there);
    expect(checks.find(({ check }) => check === 'version')).toMatchObject({ ok: true });
  }, 60_000);

  // Only once: change sets that moto mixed up would be waited for by the next.
  it('claims of a deployment only what is there, and so do status and diff', async () => {
    const deploy = await ask('deploy', '--env', 'dev', '--yes', '--concurrency', '1');
    const stacks = (deploy.ok ? deploy.result['stacks'] : deploy.error.details!['stacks']) as { name: string; result: string }[];
    const there = await lakeStacks();
    const complete = there.filter(([, status]) => status.endsWith('_COMPLETE')).map(([name]) => name);
    if (!deploy.ok) expect({ exitCode: deploy.exitCode, error: deploy.error }).toMatchObject({ exitCode: 1, error: { code: 'DEPLOY_FAILED', message: expect.stringMatching(/Dev-DataLakeInfrastructure|Dev\/DevDataLakeInfrastructure/) } });
    expect(stacks.filter(({ result }) => result === 'deployed').map(({ name }) => name).toSorted()).toEqual(complete.toSorted());
    expect(complete).toContain('Dev-DataLakeInfrastructureS3BucketZones');

    const { plan } = (await ask('diff', '--env', 'dev')).result as unknown as { plan: { stacks: { name: string; status: string | null; action: string }[] } };
    expect(plan.stacks.filter(({ status }) => status !== null).map(({ name, status }) => [name, status]).toSorted()).toEqual(there.toSorted());
    expect(plan.stacks.filter(({ action }) => action === 'unchanged').map(({ name }) => name).toSorted()).toEqual(complete.toSorted());

    const status = await ask('status', '--env', 'dev');
    const [dev] = status.result['environments'] as { parts: Record<string, { value?: unknown }> }[];
    expect((dev!.parts['stacks']!.value as { name: string; status: string }[]).map(({ name, status: state }) => [name, state]).toSorted()).toEqual(there.toSorted());
    expect(dev!.parts['lock']).toEqual({ value: null });
    expect(dev!.parts['lastDeploy']).toMatchObject({ value: { outcome: deploy.ok ? 'succeeded' : 'failed' } });
    expect(dev!.parts['secrets']).toMatchObject({ value: [{ name: 'github-token', state: 'missing' }] });
    expect({ exitCode: status.exitCode, ok: status.ok }).toEqual({ exitCode: 1, ok: false });
    const { stdout, exitCode } = await run(['status', '--env', 'dev']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/S3BucketZones +CREATE_COMPLETE/);
    expect(stdout).toContain('the secret github-token is not set');
  }, 180_000);

  it('sets, checks and rotates secrets, under the key that the lake has', async () => {
    const set = ['configure-secrets', '--env', 'test', '--yes', '--from-stdin', 'github-token'];
    const early = await run(set, 'too early');
    expect(early.exitCode).toBe(2);
    expect(early.stderr).toContain('[LAKE_NOT_DEPLOYED]');
    // A stack that moto makes without a change set has its outputs.
    const template = { Resources: { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: {} } } }, Outputs: { DataKeyArn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } } } };
    const cloudFormation = new CloudFormationClient(settings());
    const StackName = 'Test-DataLakeInfrastructureS3BucketZones';
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
    const [stack] = (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks!;
    const key = stack!.Outputs![0]!.OutputValue!;

    const check = ['configure-secrets', '--env', 'test', '--check'];
    expect(await ask(...check)).toMatchObject({ exitCode: 1, result: { inOrder: false, secrets: [{ state: 'missing' }] } });
    expect((await run(set, 'the first value\n')).exitCode).toBe(0);
    expect(await ask(...check)).toMatchObject({ exitCode: 0, result: { inOrder: true, secrets: [{ state: 'set', ageDays: 0, underLakeKey: true }] } });
    const secrets = new SecretsManagerClient(settings());
    const value = async (VersionStage: string) => (await secrets.send(new GetSecretValueCommand({ SecretId: 'dlp/test/github-token', VersionStage }))).SecretString;
    expect(await value('AWSCURRENT')).toBe('the first value');
    expect((await run([...set, '--rotate', 'github-token'], 'another')).exitCode).toBe(0);
    expect([await value('AWSCURRENT'), await value('AWSPREVIOUS')]).toEqual(['another', 'the first value']);
    expect(await secrets.send(new DescribeSecretCommand({ SecretId: 'dlp/test/github-token' }))).toMatchObject({ KmsKeyId: key, Description: 'reads the repositories' });
    expect((await run(check)).stdout).toMatch(/github-token +set/);
  }, 120_000);
});

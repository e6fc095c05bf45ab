import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { clientSettings } from '../../src/aws/clients.js';
import { CloudFormationStacks } from '../../src/aws/deployed-stacks.js';
import { CloudFormationStackEvents } from '../../src/aws/stack-events.js';
import type { EnvironmentStatus, LakeStatus, StackStatus } from '../../src/core/status.js';
import { readStacks } from '../../src/operations/read-status-parts.js';
import { environment } from '../support/fakes.js';
import { caseNames, createAwsSandbox, dlp, dlpJson, inTerminal, runCase, type Sandbox } from './harness.js';

/** Nothing there at first, then a bootstrap, then one stack in dev and a whole lake in local; in this order. */
describe('dlp status', () => {
  let sandbox: Sandbox;
  const client = (accessKeyId: string) => ({ region: 'eu-west-2', endpoint: `http://127.0.0.1:${sandbox.port}`, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey: 'x' } });
  const local = () => client('dlp-local');
  const call = (...args: string[]) => dlp(sandbox.workspace, ['status', ...args], { env: sandbox.env });
  const must = async (...args: string[]) => {
    const done = await dlp(sandbox.workspace, args, { env: sandbox.env });
    if (done.exitCode !== 0) throw new Error(`dlp ${args.join(' ')} ended with ${done.exitCode}\n${done.stderr}`);
  };
  /** The document, the only environment in it, and the codes of what is wrong. */
  async function look(...args: string[]): Promise<{ status: LakeStatus; only: EnvironmentStatus; problems: string[] }> {
    const status = await dlpJson<LakeStatus>(sandbox.workspace, ['status', ...args], { env: sandbox.env });
    return { status, only: status.environments[0]!, problems: status.problems.map(({ code, subject }) => `${code} ${subject ?? ''}`.trim()) };
  }
  const stacksOf = ({ parts }: EnvironmentStatus) => (parts && 'value' in parts.stacks ? parts.stacks.value : []);

  beforeAll(async () => {
    sandbox = await createAwsSandbox();
    await must('etl', 'new', 'orders');
  }, 60_000);

  afterAll(async () => {
    await dlp(sandbox.workspace, ['local', 'down']);
    await sandbox.dispose();
  }, 60_000);

  it.each(caseNames('status'))('%s', (name) => runCase('status', name, sandbox), 120_000);

  it('sees a change that somebody made by hand, names it, and none of its values', async () => {
    const { only } = await look('--env', 'dev');
    const bucket = stacksOf(only)[0]!.outputs['LandingBucketName']!;
    await new S3Client(client('111111111111')).send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Suspended' } }));
    const { stdout, exitCode } = await call('--env', 'dev', '--drift');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/S3BucketZones +CREATE_COMPLETE +.* +drifted: LandingF95672E9\n/);
    expect(stdout).toContain('✖ 1 thing is wrong:\n  S3BucketZones has drifted: LandingF95672E9 was modified');
    const { only: drifted } = await look('--env', 'dev', '--drift');
    expect(drifted.parts!.drift).toMatchObject({ value: [{ drift: 'DRIFTED', resources: [{ type: 'AWS::S3::Bucket', change: 'MODIFIED', properties: ['/VersioningConfiguration/Status'] }] }] });
    expect(JSON.stringify(drifted)).not.toContain('Suspended');
  }, 60_000);

  it('sees what CloudFormation is doing while somebody deploys', async () => {
    // In this process and not by the command: a stack of the emulator is in progress for a moment only.
    const target = environment('local', { local: { port: sandbox.port } });
    const settings = clientSettings(target, { credentials: { provider: async () => ({ accessKeyId: 'dlp-local', secretAccessKey: 'dlp-local' }), source: { kind: 'local' } as never } });
    const readers = { stacks: new CloudFormationStacks(target, settings), events: new CloudFormationStackEvents(settings) };
    const deployed = must('deploy', '--env', 'local').then(() => null);
    const seen: StackStatus[] = [];
    for (;;) {
      const now = await Promise.race([deployed, readStacks(readers)]);
      if (now === null) break;
      seen.push(...now);
    }
    const inProgress = seen.filter(({ state }) => state === 'in progress');
    expect(inProgress.map(({ status }) => status)).toContain('CREATE_IN_PROGRESS');
    const latest = inProgress.flatMap((stack) => stack.latest ?? []);
    expect(latest.map(({ status }) => status)).toContain('CREATE_IN_PROGRESS');
    expect(latest.find(({ type }) => type.startsWith('AWS::'))).toMatchObject({ at: expect.stringMatching(/Z$/), resource: expect.stringMatching(/^\w/) });
  }, 120_000);

  it('finds nothing wrong with a whole lake whose job has run', async () => {
    await must('etl', 'run', 'orders', '--env', 'local', '--file', path.join(sandbox.workspace, 'glue/jobs/orders/sample/orders.csv'));
    const { stdout, exitCode, stderr } = await call('--env', 'local', '--drift', '--compare');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/✔ look at local: signed in/);
    expect(stdout).toMatch(/bootstrap {7}version \d+\n/);
    expect(stdout).toMatch(/mart {12}answers\n/);
    expect(stdout).toMatch(/EtlOrders +CREATE_COMPLETE +.* +in sync +same\n/);
    expect(stdout).toMatch(/orders +succeeded +.* orders-\d{8}T\d{6}Z-[0-9a-f]{8}\n/);
    expect(stdout).toMatch(/API +https:\/\//);
    expect(stdout).toMatch(/✔ nothing is wrong$/);
    const { only, status } = await look('--env', 'local', '--drift', '--compare');
    expect(status).toMatchObject({ healthy: true, problems: [] });
    expect(stacksOf(only).map(({ short }) => short)).toEqual(['S3BucketZones', 'Vpc', 'Iam', 'DataMart', 'Glue', 'Lambda', 'Api', 'Athena', 'Monitoring', 'EtlOrders']);
    expect(only.parts!.jobs).toMatchObject({ value: [{ job: 'orders', lastRun: { status: 'SUCCEEDED' }, lastSuccessAt: expect.stringMatching(/Z$/), overdueSince: null }] });
    expect(Object.values((only.parts!.code as { value: object }).value)).toEqual(Array.from({ length: 10 }, () => 'same'));
    // Without --env this one is judged as any other, beside those that nobody deployed.
    expect((await call()).stdout).toMatch(/^stacks +10 complete +1 complete, 8 not deployed +not deployed +not deployed$/m);
  }, 180_000);

  it('loads the CDK only to compare', async () => {
    const spy = path.join(sandbox.directory, 'spy.mjs');
    const log = path.join(sandbox.directory, 'loaded.txt');
    await writeFile(spy, `import { registerHooks } from 'node:module';\nimport { appendFileSync } from 'node:fs';
registerHooks({ load: (url, context, next) => { appendFileSync(process.env.SPY_LOG, url + '\\n'); return next(url, context); } });\n`);
    const loaded = async (...args: string[]) => {
      await writeFile(log, '');
      await dlp(sandbox.workspace, ['status', '--env', 'local', ...args], { env: { ...sandbox.env, NODE_OPTIONS: `--import ${spy}`, SPY_LOG: log } });
      return readFile(log, 'utf8');
    };
    const cdk = /node_modules\/(aws-cdk-lib|@aws-cdk|constructs)\//;
    const quick = await loaded('--drift');
    expect(quick).toContain('/dist/operations/read-status.js');
    expect(quick).not.toMatch(cdk);
    expect(await loaded('--compare')).toMatch(cdk);
  }, 60_000);

  it('draws the picture again on a terminal until Ctrl-C, and leaves the screen as it was', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['again every 1 s', ''], ['again every 1 s', '\u0003']], ['status', '--env', 'local', '--watch', '--interval', '1']);
    expect(exitCode).toBe(-2); // ended by the signal: 130 in a shell
    const [enter, leave] = ['\u001B[?1049h', '\u001B[?1049l'];
    expect(screen.indexOf(enter)).toBe(0);
    expect(screen.split(enter)).toHaveLength(2);
    const [drawn, after] = screen.split(leave) as [string, string];
    expect(drawn.split('again every 1 s').length).toBeGreaterThan(2);
    expect(drawn.endsWith('\u001B[?25h')).toBe(true); // the cursor is there again
    expect(stripVTControlCharacters(after)).toMatch(/^\d\d:\d\d:\d\d UTC[^]*✔ nothing is wrong[^]*EtlOrders +CREATE_COMPLETE/);
  }, 60_000);

  it('reports an open alarm of this lake, and none of another', async () => {
    const cloudWatch = new CloudWatchClient(local());
    const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'Local-DataLakeInfrastructureMonitoring-MartCpu' }));
    const AlarmName = MetricAlarms[0]!.AlarmName!;
    const set = (StateValue: 'ALARM' | 'OK') => cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test' }));
    await set('ALARM');
    const { stdout, exitCode } = await call('--env', 'local');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✖ 1 thing is wrong:\n  alarm Monitoring MartCpu: The mart has been busy');
    await set('OK');
    expect((await look('--env', 'local')).problems).toEqual([]);
  }, 60_000);

  it('shows who deploys and how the last deployment ended', async () => {
    const ssm = new SSMClient(local());
    const put = (name: string, value: object) => ssm.send(new PutParameterCommand({ Name: `/dlp/local/${name}`, Type: 'String', Overwrite: true, Value: JSON.stringify(value) }));
    const since = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const owner = 'arn:aws:sts::000000000000:assumed-role/Admin/alice';
    const lock = (minutes: number) => put('deploy-lock', { owner, host: 'h', pid: 1, command: 'dlp deploy', since: since(minutes), nonce: 'n' });
    await put('last-deploy', { at: since(200), by: owner, outcome: 'interrupted', commit: '0123456789', branch: 'main', clean: true, forced: false, stacks: {}, dlp: '0.1.0' });
    expect((await look('--env', 'local')).problems).toEqual(['DEPLOY_FAILED']);
    await lock(30);
    const { stdout, exitCode } = await call('--env', 'local');
    expect(exitCode).toBe(0); // whoever holds the lock is at it
    expect(stdout).toMatch(/lock {12}alice, 30 min\n/);
    expect(stdout).toMatch(/last deployment interrupted 3 h ago, alice, 0123456\n/);
    await lock(130);
    expect((await look('--env', 'local')).problems).toEqual(['LOCK_OLD']);
    await put('deploy-lock', { nonsense: true });
    const { status, only } = await look('--env', 'local');
    expect(only.parts!.lock).toMatchObject({ unread: 'failed', message: expect.stringContaining('/dlp/local/deploy-lock') });
    expect(status.healthy).toBe(false);
    for (const name of ['deploy-lock', 'last-deploy']) await ssm.send(new DeleteParameterCommand({ Name: `/dlp/local/${name}` }));
    expect((await look('--env', 'local')).problems).toEqual([]);
  }, 60_000);

  it('misses a declared secret, until it is set', async () => {
    const file = path.join(sandbox.workspace, 'dlp.yaml');
    const before = await readFile(file, 'utf8');
    await writeFile(file, before.replace('  local:\n', '  local:\n    secrets: { github: { description: a token } }\n'));
    const secrets = new SecretsManagerClient(local());
    expect((await look('--env', 'local')).problems).toEqual(['SECRET_MISSING github']);
    await secrets.send(new CreateSecretCommand({ Name: 'dlp/local/github', SecretString: 'canary-value' }));
    const set = await call('--env', 'local', '--json');
    expect(set.exitCode).toBe(0);
    expect(set.stdout).toContain('"state": "set"');
    expect(set.stdout).not.toContain('canary-value');
    await secrets.send(new DeleteSecretCommand({ SecretId: 'dlp/local/github', RecoveryWindowInDays: 7 }));
    const deleting = await call('--env', 'local');
    expect(deleting.exitCode).toBe(1);
    expect(deleting.stdout).toContain('  the secret github is being deleted');
    await writeFile(file, before);
  }, 60_000);

  it('reports a job whose last run failed', async () => {
    const failed = await dlp(sandbox.workspace, ['etl', 'run', 'orders', '--env', 'local', '--key', 'orders/nothing.csv'], { env: sandbox.env });
    expect(failed.exitCode).toBe(1);
    const { stdout, exitCode } = await call('--env', 'local');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^orders +failed +/m);
    expect(stdout).toMatch(/✖ \d things? (is|are) wrong:[^]* {2}the last run of orders failed: dlp etl show orders-\S+ --env local/);
  }, 60_000);

  it('sees that the code here is another', async () => {
    const job = path.join(sandbox.workspace, 'glue/jobs/orders/job.yaml');
    const before = await readFile(job, 'utf8');
    await writeFile(job, before.replace(/^description: .*$/m, 'description: something else'));
    const { only, problems } = await look('--env', 'local', '--compare');
    expect(problems).toContain('CODE_DIFFERS');
    expect((only.parts!.code as { value: object }).value).toMatchObject({ 'Local-DataLakeInfrastructureEtlOrders': 'changed', 'Local-DataLakeInfrastructureVpc': 'same' });
    await writeFile(job, before);
  }, 60_000);

  it('names the resource that made a stack fail', async () => {
    // The one PostgreSQL server of the local cloud has the mart of local already.
    expect((await dlp(sandbox.workspace, ['deploy', '--env', 'dev', 'DataMart'], { env: sandbox.env })).exitCode).toBe(1);
    const { only, problems } = await look('--env', 'dev');
    expect(problems).toContain('STACK_FAILED DataMart');
    expect(stacksOf(only).find(({ short }) => short === 'DataMart')).toMatchObject({ status: 'ROLLBACK_COMPLETE', state: 'rolled back', failure: { type: 'AWS::RDS::DBInstance', status: 'CREATE_FAILED' } });
    expect((await call('--env', 'dev')).stdout).toMatch(/ {2}DataMart is ROLLBACK_COMPLETE: MartInstance\w+ \(AWS::RDS::DBInstance\): \S+/);
  }, 60_000);
});

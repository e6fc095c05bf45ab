import type { BootstrapAccount, BootstrapSettings, ToolkitStack } from '../../src/core/bootstrap.js';
import { stackParameters } from '../../src/core/bootstrap.js';
import type { EnvironmentName } from '../../src/core/environment.js';
import { bootstrapEnvironments, type BootstrapInput, type BootstrapTarget } from '../../src/operations/bootstrap-environments.js';
import { environment, identity, recorder } from '../support/fakes.js';

const KEY = 'arn:aws:kms:eu-west-2:111111111111:key/k';
const ACCOUNTS: Record<string, string> = { local: '000000000000', dev: '111111111111', test: '222222222222', prod: '333333333333' };

/** One account, bootstrapped by calling its engine, as the CDK would leave it. */
class FakeAccount {
  readonly writes: string[] = [];
  stack: ToolkitStack | undefined;
  version: number | undefined;
  broken: { bucket?: boolean; role?: string; bootstrap?: Error } = {};
  policies: { template: Record<string, unknown>; outputs: Record<string, string> } | undefined;
  readonly target: BootstrapTarget;

  constructor(name: EnvironmentName, { account = ACCOUNTS[name]!, settings = {} }: { account?: string; settings?: object } = {}) {
    const reader: BootstrapAccount = {
      stack: async () => this.stack,
      version: async () => this.version,
      bucket: async () => (this.broken.bucket ? undefined : { algorithm: 'aws:kms', key: KEY, publicAccessBlocked: true, versioned: true }),
      assume: async (role) => (this.broken.role && role.includes(this.broken.role) ? 'AccessDenied: not you' : undefined),
    };
    this.target = {
      environment: environment(name, settings), identity: identity(account), account: reader,
      engine: { bootstrapVersion: async () => 32, bootstrap: async (_, __, wanted) => this.bootstrap(wanted) },
      templates: { stacks: async () => [{ name: 'Dev-DataLakeInfrastructureX', template: { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } } }] },
      stacks: {
        read: async () => this.policies,
        put: async (stack, template) => {
          this.writes.push(`stack ${stack}`);
          const outputs = Object.fromEntries(Object.keys(template['Outputs'] as object).map((id) => [id, `arn:aws:iam::${account}:policy/${stack}-${id}-1`]));
          this.policies = { template: template as Record<string, unknown>, outputs };
          return outputs;
        },
      },
    };
  }

  private async bootstrap(settings: BootstrapSettings): Promise<'created'> {
    if (this.broken.bootstrap) throw this.broken.bootstrap;
    this.writes.push('bootstrap');
    this.version = 32;
    this.stack = { status: 'CREATE_COMPLETE', parameters: stackParameters(settings), outputs: { BootstrapVersion: '32', FileAssetKeyArn: KEY }, terminationProtection: settings.terminationProtection };
    return 'created';
  }
}

const never: BootstrapInput['ask'] = async () => { throw new Error('must not be asked'); };

function run(accounts: readonly FakeAccount[], more: Partial<BootstrapInput> = {}) {
  const events = recorder();
  const result = bootstrapEnvironments({ targets: accounts.map(({ target }) => target), choice: undefined, given: { yes: true, allowWider: false }, emit: events.emit, show: async () => undefined, ask: never, ...more });
  return { result, events: events.events };
}

describe('bootstrapEnvironments', () => {
  it('bootstraps several accounts, checks each, and does nothing the second time', async () => {
    const all = [new FakeAccount('dev'), new FakeAccount('test')];
    const { environments } = await run(all).result;
    expect(environments.map(({ environment, result, checks }) => [environment, result, checks.length])).toEqual([['dev', 'created', 12], ['test', 'created', 12]]);
    const again = await run(all, { given: { yes: false, allowWider: false } }).result;
    expect(again.environments.map(({ result }) => result)).toEqual(['unchanged', 'unchanged']);
    expect(all.map(({ writes }) => writes)).toEqual([['bootstrap'], ['bootstrap']]);
  });

  it('writes nothing anywhere when one account is the wrong one', async () => {
    const all = [new FakeAccount('dev'), new FakeAccount('test', { account: '999999999999' })];
    await expect(run(all).result).rejects.toMatchObject({ code: 'WRONG_ACCOUNT', message: expect.stringMatching(/dev: the account is right\ntest: .*999999999999.*222222222222/) });
    expect(all.flatMap(({ writes }) => writes)).toEqual([]);
  });

  it('shows before it asks, and writes nothing when the answer is no', async () => {
    const account = new FakeAccount('dev');
    const seen: string[] = [];
    const { result } = run([account], {
      given: { yes: false, allowWider: false }, show: async (plans) => { seen.push(`plan ${plans[0]!.action}`); }, ask: async (question, flag) => { seen.push(`${question} ${flag}`); return false; },
    });
    await expect(result).rejects.toMatchObject({ code: 'ABORTED', exitCode: 4 });
    expect(seen).toEqual(['plan create', 'bootstrap dev? --yes']);
    expect(account.writes).toEqual([]);
  });

  it('asks nothing in local', async () => {
    await expect(run([new FakeAccount('local')], { given: { yes: false, allowWider: false } }).result).resolves.toMatchObject({ environments: [{ result: 'created' }] });
  });

  it('ends as failed when a check fails, naming it, and keeps the result of the others', async () => {
    const [dev, test] = [new FakeAccount('dev'), new FakeAccount('test')];
    dev.broken = { role: 'lookup', bucket: true };
    const { result, events } = run([dev, test]);
    await expect(result).rejects.toMatchObject({
      code: 'BOOTSTRAP_INCOMPLETE', exitCode: 1, message: expect.stringMatching(/^dev:\n  bucket: [^]*lookup role: .*AccessDenied: not you\ntest: created$/),
      details: { environments: [{ environment: 'dev', error: { details: { checks: expect.any(Array) } } }, { environment: 'test', result: 'created' }] },
    });
    expect(events.filter((event) => event.type === 'ended').map((event) => event.outcome).sort()).toEqual(['done', 'done', 'failed']);
    await expect(result.catch((error: { details: unknown }) => JSON.parse(JSON.stringify(error.details)))).resolves.toMatchObject({ environments: [{}, { checks: expect.any(Array) }] });
  });

  it('hides nothing of the others when one cannot be bootstrapped', async () => {
    const [dev, test] = [new FakeAccount('dev'), new FakeAccount('test')];
    dev.broken = { bootstrap: Object.assign(new Error('not allowed'), { name: 'AccessDeniedException', $metadata: {} }) };
    await expect(run([dev, test]).result).rejects.toMatchObject({ code: 'ACCESS_DENIED', exitCode: 3, message: expect.stringMatching(/^dev: .*not allowed\ntest: created$/) });
    expect(test.writes).toEqual(['bootstrap']);
  });

  it('brings generated policies into the account first, and keeps them afterwards', async () => {
    const account = new FakeAccount('dev');
    const { environments: [first] } = await run([account], { choice: 'least' }).result;
    expect(account.writes).toEqual(['stack DlpExecutionPolicies-Dev', 'bootstrap']);
    expect(first!.executionPolicies).toEqual(['Compute', 'Data', 'Identity', 'Network'].map((id) => `arn:aws:iam::111111111111:policy/DlpExecutionPolicies-Dev-${id}-1`));
    expect(account.stack!.parameters['CloudFormationExecutionPolicies']).toBe(first!.executionPolicies.join(','));
    for (const choice of ['least', undefined] as const) await expect(run([account], { choice, ask: never }).result).resolves.toMatchObject({ environments: [{ result: 'unchanged', executionPolicies: first!.executionPolicies }] });
    expect(account.writes).toHaveLength(2);
  });

  it('wants more than --yes to go back to AdministratorAccess', async () => {
    const account = new FakeAccount('dev');
    await run([account], { choice: 'least' }).result;
    const asked: string[] = [];
    await expect(run([account], { choice: 'admin', ask: async (question, flag) => { asked.push(question, flag); return false; } }).result).rejects.toMatchObject({ code: 'ABORTED' });
    expect(asked).toEqual(['bootstrap dev, and allow more than before?', '--yes --allow-wider']);
    await expect(run([account], { choice: 'admin', given: { yes: true, allowWider: true } }).result).resolves.toMatchObject({ environments: [{ result: 'updated', executionPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'] }] });
  });

  it.each<[string, FakeAccount[], RegExp]>([
    ['the local cloud and an account', [new FakeAccount('local'), new FakeAccount('dev')], /different clouds/],
    ['two environments in one bootstrap', [new FakeAccount('dev'), new FakeAccount('test', { settings: { account: '111111111111' } })], /dev and test share the bootstrap of 111111111111/],
  ])('refuses %s', async (_, all, message) => {
    await expect(run(all).result).rejects.toMatchObject({ code: 'FLAG_INVALID', message: expect.stringMatching(message) });
    expect(all.flatMap(({ writes }) => writes)).toEqual([]);
  });
});

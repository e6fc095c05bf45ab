import { administratorAccess, bootstrapNames, bootstrapSettings, chooseExecutionPolicies, type ToolkitStack } from '../../src/core/bootstrap.js';
import { checkBootstrap, type Inspection } from '../../src/core/bootstrap-checks.js';
import { bootstrapQuestion, planBootstrap, type BootstrapPlan } from '../../src/core/bootstrap-plan.js';
import { environment } from '../support/fakes.js';

const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';
const GENERATED = ['Compute', 'Data', 'Identity', 'Network'].map((id) => `arn:aws:iam::111111111111:policy/DlpExecutionPolicies-Dev-${id}-0A1B`);
const KEY = 'arn:aws:kms:eu-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';

function stack(parameters: Record<string, string> = {}, more: Partial<ToolkitStack> = {}): ToolkitStack {
  return {
    status: 'CREATE_COMPLETE', terminationProtection: false, outputs: { BootstrapVersion: '32', FileAssetKeyArn: KEY },
    parameters: { Qualifier: 'hnb659fds', FileAssetsBucketKmsKeyId: '', TrustedAccounts: '', TrustedAccountsForLookup: '', CloudFormationExecutionPolicies: '', PublicAccessBlockConfiguration: 'true', InputPermissionsBoundary: '', ...parameters },
    ...more,
  };
}

function plan(settings: object, found: ToolkitStack | undefined, more: Partial<Parameters<typeof planBootstrap>[0]> = {}): BootstrapPlan {
  const dev = environment('dev', { bootstrap: settings });
  const choice = more.choice === 'least' ? undefined : more.choice;
  return planBootstrap({
    environment: dev, facts: { stack: found, version: found && 32 }, offered: 32, choice: undefined, generated: undefined,
    settings: bootstrapSettings(dev, chooseExecutionPolicies(dev, choice, found)), ...more,
  });
}

describe('the settings of a bootstrap', () => {
  it('take an existing key by its id, and refuse one of another account', () => {
    expect(bootstrapSettings(environment('dev', { bootstrap: { kms: KEY } }), []).kms).toEqual({ kind: 'existing', keyId: '1234abcd-12ab-34cd-56ef-1234567890ab' });
    expect(() => bootstrapSettings(environment('test', { bootstrap: { kms: KEY } }), [])).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('222222222222/eu-west-2') }));
  });

  it('protect the stack as the environment is protected, unless they say otherwise', () => {
    expect(bootstrapSettings(environment('dev'), []).terminationProtection).toBe(false);
    expect(bootstrapSettings(environment('dev', { protect: true }), []).terminationProtection).toBe(true);
    expect(bootstrapSettings(environment('dev', { protect: true, bootstrap: { terminationProtection: false } }), []).terminationProtection).toBe(false);
  });

  it('go into every name', () => {
    const names = bootstrapNames(environment('dev', { region: 'us-gov-west-1', bootstrap: { qualifier: 'lake', stackName: 'LakeToolkit' } }));
    expect(names).toMatchObject({ stack: 'LakeToolkit', bucket: 'cdk-lake-assets-111111111111-us-gov-west-1', versionParameter: '/cdk-bootstrap/lake/version' });
    expect(names.roles['file-publishing']).toBe('arn:aws-us-gov:iam::111111111111:role/cdk-lake-file-publishing-role-111111111111-us-gov-west-1');
  });
});

describe('the execution policies', () => {
  const dev = environment('dev');
  it('are AdministratorAccess at first, without being named', () => expect(chooseExecutionPolicies(dev, undefined, undefined)).toEqual([]));
  it('stay what the account has', () => expect(chooseExecutionPolicies(dev, undefined, stack({ CloudFormationExecutionPolicies: GENERATED.join(',') }))).toEqual(GENERATED));
  it('go back to AdministratorAccess when that is asked for', () => expect(chooseExecutionPolicies(dev, 'admin', stack({ CloudFormationExecutionPolicies: GENERATED.join(',') }))).toEqual([administratorAccess(dev)]));
  it('are those of dlp.yaml where it names any', () => expect(chooseExecutionPolicies(environment('dev', { bootstrap: { executionPolicies: ['arn:aws:iam::aws:policy/PowerUserAccess'] } }), undefined, stack())).toEqual(['arn:aws:iam::aws:policy/PowerUserAccess']));
  it('must be named when other accounts are trusted', () => {
    expect(() => chooseExecutionPolicies(environment('dev', { bootstrap: { trust: ['444444444444'] } }), undefined, undefined)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('444444444444') }));
  });
});

describe('the plan', () => {
  it('makes what is not there', () => {
    expect(plan({}, undefined)).toMatchObject({ action: 'create', version: { current: null, offered: 32 }, policies: ADMIN, changes: [], bucket: 'cdk-hnb659fds-assets-111111111111-eu-west-2' });
    expect(plan({}, stack({}, { status: 'ROLLBACK_COMPLETE' }))).toMatchObject({ action: 'create' });
  });

  it('changes nothing where nothing differs', () => expect(plan({}, stack())).toMatchObject({ action: 'none', changes: [] }));

  it('brings an older bootstrap up to date, and leaves a newer one alone', () => {
    expect(plan({}, stack({}, { outputs: { BootstrapVersion: '21' } }))).toMatchObject({ action: 'update', changes: [{ what: 'version', from: '21', to: '32', wider: false }] });
    expect(plan({ kms: 'aws-managed' }, stack({}, { outputs: { BootstrapVersion: '40' } }))).toMatchObject({ action: 'none', notes: [expect.stringContaining('version 40')] });
  });

  it('shows each setting that differs', () => {
    expect(plan({ kms: 'aws-managed', publicAccessBlock: false, terminationProtection: true }, stack()).changes).toEqual([
      { what: 'key of the bucket', from: 'a key of its own', to: 'the key of AWS (aws/s3)', wider: false },
      { what: 'public access block', from: 'true', to: 'false', wider: true },
      { what: 'termination protection', from: 'off', to: 'on', wider: false },
    ]);
  });

  it('tells who may do more than before', () => {
    const wider = (settings: object, parameters: Record<string, string>, choice?: 'admin') => plan(settings, stack(parameters), { choice }).changes.map((change) => [change.what, change.wider]);
    const policies = { executionPolicies: [ADMIN] };
    expect(wider({ ...policies, trust: ['444444444444'] }, { TrustedAccounts: '555555555555', CloudFormationExecutionPolicies: ADMIN })).toEqual([['trusted accounts', true]]);
    expect(wider({}, { TrustedAccounts: '555555555555', CloudFormationExecutionPolicies: ADMIN })).toEqual([['trusted accounts', false]]);
    expect(wider({}, { CloudFormationExecutionPolicies: GENERATED.join(',') }, 'admin')).toEqual([['execution policies', true]]);
    expect(wider({ executionPolicies: ['arn:aws:iam::aws:policy/PowerUserAccess'] }, {})).toEqual([['execution policies', false]]);
    expect(wider({ permissionsBoundary: 'narrow' }, {})).toEqual([['permissions boundary', false]]);
    expect(wider({ permissionsBoundary: 'other' }, { InputPermissionsBoundary: 'narrow' })).toEqual([['permissions boundary', true]]);
  });

  it('keeps a boundary that dlp.yaml does not name, and says so', () => {
    expect(plan({}, stack({ InputPermissionsBoundary: 'narrow' }))).toMatchObject({ action: 'none', permissionsBoundary: 'narrow', notes: [expect.stringContaining('narrow')] });
  });

  it('replaces AdministratorAccess by generated policies, and brings those up to date', () => {
    const least = (found: ToolkitStack, state: 'create' | 'update' | 'none', known: readonly string[]) => plan({}, found, { choice: 'least', generated: { policies: 4, state }, settings: bootstrapSettings(environment('dev'), known) });
    expect(least(stack(), 'create', [])).toMatchObject({ action: 'update', changes: [{ what: 'execution policies', from: ADMIN, to: '4 generated from the templates, in the stack DlpExecutionPolicies-Dev', wider: false }] });
    const has = stack({ CloudFormationExecutionPolicies: GENERATED.toReversed().join(',') });
    expect(least(has, 'none', GENERATED)).toMatchObject({ action: 'none' });
    expect(least(has, 'update', GENERATED)).toMatchObject({ action: 'update', changes: [{ what: 'generated policies' }] });
  });
});

describe('the question', () => {
  const some = (action: BootstrapPlan['action'], wider = false, name = 'dev') => ({ ...plan({}, stack()), environment: name, action, changes: wider ? [{ what: 'x', from: 'a', to: 'b', wider }] : [] });
  const given = { yes: true, allowWider: false };
  it('is not asked in local, nor where nothing changes', () => expect(bootstrapQuestion([some('create', false, 'local'), some('none')], { ...given, yes: false })).toBeUndefined());
  it('names what it is about, and the flag', () => expect(bootstrapQuestion([some('create'), some('none', false, 'test'), some('update', false, 'prod')], { ...given, yes: false })).toEqual({ question: 'bootstrap dev, prod?', flag: '--yes' }));
  it('is answered by --yes', () => expect(bootstrapQuestion([some('create')], given)).toBeUndefined());
  it('wants another flag when something gets wider', () => {
    expect(bootstrapQuestion([some('update', true)], given)).toEqual({ question: 'bootstrap dev, and allow more than before?', flag: '--yes --allow-wider' });
    expect(bootstrapQuestion([some('update', true)], { yes: true, allowWider: true })).toBeUndefined();
  });
});

describe('the checks', () => {
  const dev = environment('dev');
  const good: Inspection = { facts: { stack: stack(), version: 32 }, bucket: { algorithm: 'aws:kms', key: KEY, publicAccessBlocked: true, versioned: true }, roles: {} };
  const failed = (inspection: Partial<Inspection>, settings = bootstrapSettings(dev, [])) => checkBootstrap(dev, settings, 32, { ...good, ...inspection }).filter(({ ok }) => !ok);

  it('hold for an account as dlp.yaml says', () => {
    expect(failed({})).toEqual([]);
    expect(checkBootstrap(dev, bootstrapSettings(dev, []), 32, good)).toHaveLength(12);
  });

  it.each<[string, Partial<Inspection>, RegExp]>([
    ['stack', { facts: { stack: stack({}, { status: 'UPDATE_ROLLBACK_COMPLETE' }), version: 32 } }, /UPDATE_ROLLBACK_COMPLETE/],
    ['settings', { facts: { stack: stack({ TrustedAccounts: '555555555555' }), version: 32 } }, /555555555555, not none/],
    ['termination protection', { facts: { stack: stack({}, { terminationProtection: true }), version: 32 } }, /on/],
    ['version', { facts: { stack: stack(), version: undefined } }, /no parameter \/cdk-bootstrap\/hnb659fds\/version/],
    ['version', { facts: { stack: stack(), version: 5 } }, /5, older than 32/],
    ['encryption', { bucket: { ...good.bucket!, algorithm: 'AES256', key: undefined } }, /AES256, not aws:kms/],
    ['encryption', { bucket: { ...good.bucket!, key: 'arn:aws:kms:eu-west-2:111111111111:key/other' } }, /other, not aws:kms with .*1234abcd/],
    ['public access', { bucket: { ...good.bucket!, publicAccessBlocked: false } }, /not blocked/],
    ['versions', { bucket: { ...good.bucket!, versioned: false } }, /not kept/],
    ['lookup role', { roles: { lookup: 'AccessDenied: no' } }, /cdk-hnb659fds-lookup-role-111111111111-eu-west-2 cannot be assumed: AccessDenied: no/],
  ])('name what is wrong: %s', (check, inspection, found) => {
    expect(failed(inspection)).toEqual([{ check, ok: false, found: expect.stringMatching(found) }]);
  });

  it('fail with the bucket, all that is about it', () => expect(failed({ bucket: undefined }).map(({ check }) => check)).toEqual(['bucket', 'encryption', 'public access', 'versions']));

  it('know the key of AWS and an existing one', () => {
    const settings = (kms: string) => bootstrapSettings(environment('dev', { bootstrap: { kms } }), []);
    const of = (parameter: string, key: string | undefined, kms: string) => failed({ facts: { stack: stack({ FileAssetsBucketKmsKeyId: parameter }), version: 32 }, bucket: { ...good.bucket!, key } }, settings(kms));
    expect(of('AWS_MANAGED_KEY', undefined, 'aws-managed')).toEqual([]);
    expect(of('AWS_MANAGED_KEY', KEY, 'aws-managed')).toHaveLength(1);
    expect(of('1234abcd-12ab-34cd-56ef-1234567890ab', KEY, KEY)).toEqual([]);
    expect(of('1234abcd-12ab-34cd-56ef-1234567890ab', undefined, KEY)).toHaveLength(1);
  });
});

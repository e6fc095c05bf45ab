import { chooseCredentials, loginHint, roleOf, type AwsConfig } from '../../src/core/credentials.js';
import { withProfile } from '../../src/core/environment.js';
import { environment } from '../support/fakes.js';

const START = 'https://lake.example.com/start';
const role = { sso_account_id: '111111111111', sso_role_name: 'DataAdmin' };
const config: AwsConfig = {
  file: '~/.aws/config',
  profiles: {
    'lake-dev': { sso_session: 'lake', ...role }, legacy: { sso_start_url: START, sso_region: 'eu-west-1', ...role },
    keys: { aws_access_key_id: 'AKIA', aws_secret_access_key: 'x' }, process: { credential_process: 'x' }, console: { login_session: 'x' },
    'by-web': { role_arn: 'arn', web_identity_token_file: 'x' }, region: { region: 'eu-west-2' },
    deployer: { role_arn: 'arn', source_profile: 'middle' }, middle: { role_arn: 'arn', source_profile: 'lake-dev' }, 'on-ec2': { role_arn: 'arn', credential_source: 'Ec2InstanceMetadata' },
    orphan: { role_arn: 'arn', source_profile: 'nowhere' }, circle: { role_arn: 'arn', source_profile: 'square' }, square: { role_arn: 'arn', source_profile: 'circle' },
    itself: { role_arn: 'arn', source_profile: 'itself', aws_access_key_id: 'AKIA', aws_secret_access_key: 'x' },
    lost: { sso_session: 'nowhere', ...role }, bare: { sso_session: 'bare', ...role }, unsure: { sso_session: 'lake', sso_region: 'us-east-1', ...role },
    'no-role': { sso_session: 'lake', sso_account_id: '111111111111' }, 'no-region': { sso_start_url: START, ...role },
  },
  sessions: { lake: { sso_start_url: START, sso_region: 'eu-west-1', sso_registration_scopes: 'sso:account:access, codewhisperer:completions' }, bare: { sso_region: 'eu-west-1' } },
};
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' };
const WEB = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn' };
const sso = { startUrl: START, region: 'eu-west-1', role: 'DataAdmin' };
const dev = (extra: object = {}) => environment('dev', extra);
const choose = (of = dev(), variables = {}, found = config) => chooseCredentials(of, found, variables);

describe('where the credentials of an environment come from', () => {
  it.each([
    ['the local cloud has its own, whatever is set', environment('local'), KEYS, 'local', null],
    ['--profile counts before any variable', withProfile(dev({ profile: 'lake-dev' }), 'keys'), { ...KEYS, ...WEB }, 'profile keys', 'keys'],
    ['the profile of dlp.yaml counts before variables, where the machine has it', dev({ profile: 'lake-dev' }), { ...KEYS, ...WEB, AWS_PROFILE: 'keys' }, 'sso session', 'lake-dev'],
    ['keys, where the machine does not have it', dev({ profile: 'not-here' }), { ...KEYS, ...WEB }, 'environment keys', null],
    ['web identity, as on GitHub', dev({ profile: 'not-here' }), WEB, 'web identity', null],
    ['half a key is none', dev({ sso }), { AWS_ACCESS_KEY_ID: 'AKIA' }, 'sso of dlp.yaml', null],
    ['a container, as on CodeBuild', dev({ profile: 'not-here' }), { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x' }, 'container', null],
    ['sso of dlp.yaml, where the profile is not here', dev({ profile: 'not-here', sso }), { AWS_PROFILE: 'keys' }, 'sso of dlp.yaml', null],
    ['variables before sso of dlp.yaml', dev({ sso }), KEYS, 'environment keys', null],
    ['AWS_PROFILE, where dlp.yaml says nothing', dev(), { AWS_PROFILE: 'legacy' }, 'sso legacy', 'legacy'],
    ['keys before AWS_PROFILE', dev(), { ...KEYS, AWS_PROFILE: 'legacy' }, 'environment keys', null],
    ['the machine, where nothing says anything', dev(), {}, 'default chain', null],
  ])('%s', (_, of, variables, kind, profile) => {
    expect(choose(of, variables)).toMatchObject({ kind, profile });
  });

  it('takes the default profile when it holds credentials', () => {
    const withDefault = (settings: Record<string, string>) => choose(dev(), {}, { ...config, profiles: { default: settings } });
    expect(withDefault(config.profiles['keys'] as Record<string, string>)).toMatchObject({ kind: 'profile keys', profile: 'default' });
    expect(withDefault({ region: 'eu-west-2' })).toMatchObject({ kind: 'default chain', profile: null });
  });

  it.each([
    ['keys', 'profile keys'], ['process', 'profile process'], ['console', 'aws login'], ['by-web', 'profile web identity'], ['deployer', 'profile role'], ['on-ec2', 'profile role'], ['itself', 'profile role'],
  ])('knows what profile %s holds', (name, kind) => {
    expect(choose(withProfile(dev(), name))).toMatchObject({ kind, text: `of profile "${name}"` });
  });

  it('finds where to sign in: session, start URL, region, scopes', () => {
    const modern = { name: 'lake', startUrl: START, region: 'eu-west-1', scopes: ['sso:account:access', 'codewhisperer:completions'] };
    const plain = { name: null, startUrl: START, region: 'eu-west-1', scopes: ['sso:account:access'] };
    expect(choose(withProfile(dev(), 'lake-dev'))).toMatchObject({ sso: modern, account: '111111111111', role: 'DataAdmin' });
    expect(choose(withProfile(dev(), 'legacy'))).toMatchObject({ sso: plain, account: '111111111111', role: 'DataAdmin' });
    expect(choose(dev({ sso }))).toMatchObject({ sso: plain, account: '111111111111', role: 'DataAdmin' });
    // Behind two roles, whose accounts only AWS knows.
    expect(choose(withProfile(dev(), 'deployer'))).toMatchObject({ sso: modern, account: null, role: null });
    expect(choose(withProfile(dev(), 'on-ec2')).sso).toBeNull();
    expect(choose(withProfile(dev(), 'itself')).sso).toBeNull();
  });

  it.each([
    ['nobody', 'CREDENTIALS_MISSING', 'profile "nobody" is not in ~/.aws/config'],
    ['orphan', 'CREDENTIALS_MISSING', 'profile "nowhere", the source of "orphan", is not in ~/.aws/config'],
    ['circle', 'PROFILE_INVALID', 'is its own source: circle → square → circle'],
    ['region', 'PROFILE_INVALID', 'profile "region" in ~/.aws/config holds no credentials'],
    ['lost', 'PROFILE_INVALID', 'profile "lost" in ~/.aws/config names the sso-session "nowhere", which is not there'],
    ['bare', 'PROFILE_INVALID', 'names the sso-session "bare", which has no sso_start_url'],
    ['unsure', 'PROFILE_INVALID', 'and its sso-session "lake" have different values of sso_region'],
    ['no-role', 'PROFILE_INVALID', 'has no sso_role_name'],
    ['no-region', 'PROFILE_INVALID', 'has no sso_region'],
  ])('says what is wrong with profile %s', (name, code, message) => {
    expect(() => choose(withProfile(dev(), name))).toThrow(expect.objectContaining({ code, exitCode: 3, message: expect.stringContaining(message) as string }) as Error);
  });

  it('names the environment when its profile is not here', () => {
    expect(() => choose(dev({ profile: 'not-here' }))).toThrow('profile "not-here" of dev is not in ~/.aws/config');
  });
});

it.each([
  ['arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Data_Admin_0123456789abcdef/jo@example.com', 'Data_Admin'],
  ['arn:aws:sts::111111111111:assumed-role/Deployer/session', 'Deployer'],
  ['arn:aws:iam::111111111111:user/team/jo', 'user/team/jo'],
  ['arn:aws:iam::111111111111:root', 'root'],
])('calls %s %s', (arn, name) => {
  expect(roleOf(arn)).toBe(name);
});

it('hints at the same profile that was given', () => {
  expect(loginHint(dev({ profile: 'lake-dev' }))).toBe('run `dlp login --env dev`');
  expect(loginHint(withProfile(dev(), 'legacy'))).toBe('run `dlp login --env dev --profile legacy`');
});

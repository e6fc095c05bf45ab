// Where the credentials of an environment come from: the one place that decides between --profile, dlp.yaml, the AWS
// configuration and the AWS_* variables (docs/decisions/0017-credentials.md). Pure: takes what was read, calls nothing.
import type { Environment } from './environment.js';
import { DlpError } from './errors.js';
import { DEFAULT_SCOPES, type SsoSession } from './sso.js';

export type CredentialKind =
  | 'local' | 'sso session' | 'sso legacy' | 'sso of dlp.yaml'
  | 'profile keys' | 'profile role' | 'profile web identity' | 'profile process' | 'aws login'
  | 'environment keys' | 'web identity' | 'container' | 'default chain'
  /** The configuration is wrong; why comes with the first use. */
  | 'none';

export interface CredentialSource {
  readonly kind: CredentialKind;
  /** As a message goes on after "the credentials": `of profile "lake-dev"`. */
  readonly text: string;
  readonly profile: string | null;
  /** Where a person has to be signed in; for a role also through its source profile. */
  readonly sso: SsoSession | null;
  /** The account and permission set that are asked for; null where only AWS knows. */
  readonly account: string | null;
  readonly role: string | null;
}

type Settings = Readonly<Record<string, string | undefined>>;

/** The AWS configuration, both files merged. */
export interface AwsConfig {
  readonly profiles: Readonly<Record<string, Settings>>;
  readonly sessions: Readonly<Record<string, Settings>>;
  /** For messages. */
  readonly file: string;
}

/** Only whether they are set is looked at; the AWS SDK reads the values. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * In this order: the local cloud's own; --profile; the profile of dlp.yaml, where this machine has it; what a CI system
 * puts into variables; `sso` of dlp.yaml; AWS_PROFILE or the default profile; what the machine itself is given.
 * @throws CREDENTIALS_MISSING for a profile that is nowhere, PROFILE_INVALID for one that cannot give credentials
 */
export function chooseCredentials(environment: Environment, config: AwsConfig, variables: Variables): CredentialSource {
  const { local, profile, profileGiven, sso, account, name } = environment;
  if (local) return source('local', 'of the local cloud');
  if (profile !== undefined && (profileGiven || config.profiles[profile])) return fromProfile(profile, config);
  const set = fromVariables(variables);
  if (set) return set;
  if (sso) {
    const session = { name: null, startUrl: sso.startUrl, region: sso.region, scopes: DEFAULT_SCOPES };
    return { ...source('sso of dlp.yaml', `of ${sso.role} at ${sso.startUrl}`), sso: session, account, role: sso.role };
  }
  if (profile !== undefined) throw noProfile(`profile "${profile}" of ${name}`, config, '; in CI set the AWS_* variables');
  const ambient = variables['AWS_PROFILE'];
  if (ambient) return fromProfile(ambient, config);
  const fallback = config.profiles['default'];
  return fallback && kindOf(fallback) ? fromProfile('default', config) : source('default chain', 'of this machine');
}

function source(kind: CredentialKind, text: string): CredentialSource {
  return { kind, text, profile: null, sso: null, account: null, role: null };
}

function fromVariables(variables: Variables): CredentialSource | undefined {
  if (variables['AWS_ACCESS_KEY_ID'] && variables['AWS_SECRET_ACCESS_KEY']) return source('environment keys', 'in AWS_ACCESS_KEY_ID');
  if (variables['AWS_WEB_IDENTITY_TOKEN_FILE'] && variables['AWS_ROLE_ARN']) return source('web identity', 'of the role in AWS_ROLE_ARN');
  if (variables['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || variables['AWS_CONTAINER_CREDENTIALS_FULL_URI']) return source('container', 'of the container');
  return undefined;
}

function fromProfile(name: string, config: AwsConfig): CredentialSource {
  const profile = config.profiles[name];
  if (!profile) throw noProfile(`profile "${name}"`, config);
  const kind = kindOf(profile);
  if (!kind) throw invalid(name, config, 'holds no credentials: neither keys, SSO, a role nor a process');
  const base = { ...source(kind, `of profile "${name}"`), profile: name };
  if (kind === 'sso session' || kind === 'sso legacy') {
    const { sso_account_id: account, sso_role_name: role } = profile;
    if (!account || !role) throw invalid(name, config, `has no ${account ? 'sso_role_name' : 'sso_account_id'}`);
    return { ...base, sso: sessionOf(name, profile, config), account, role };
  }
  return { ...base, sso: kind === 'profile role' ? sessionBehind(name, config, []) : null };
}

/** In the order in which the AWS SDK looks at a profile. */
function kindOf(profile: Settings): CredentialKind | undefined {
  if (profile['role_arn'] && (profile['source_profile'] || profile['credential_source'])) return 'profile role';
  if (profile['aws_access_key_id'] && profile['aws_secret_access_key']) return 'profile keys';
  if (profile['role_arn'] && profile['web_identity_token_file']) return 'profile web identity';
  if (profile['credential_process']) return 'profile process';
  if (profile['sso_session']) return 'sso session';
  if (profile['sso_start_url'] || profile['sso_account_id']) return 'sso legacy';
  if (profile['login_session']) return 'aws login';
  return undefined;
}

/** The session that the source of a role needs, however many roles are between. */
function sessionBehind(name: string, config: AwsConfig, passed: readonly string[]): SsoSession | null {
  const profile = config.profiles[name];
  if (!profile) throw noProfile(`profile "${name}", the source of "${passed.at(-1)}",`, config);
  if (passed.includes(name)) {
    // A profile may be its own source when it also holds keys.
    if (profile['aws_access_key_id']) return null;
    throw invalid(name, config, `is its own source: ${[...passed, name].join(' → ')}`);
  }
  const kind = kindOf(profile);
  if (kind === 'profile role' && profile['source_profile']) return sessionBehind(profile['source_profile'], config, [...passed, name]);
  return kind === 'sso session' || kind === 'sso legacy' ? sessionOf(name, profile, config) : null;
}

function sessionOf(name: string, profile: Settings, config: AwsConfig): SsoSession {
  const sessionName = profile['sso_session'];
  const session = sessionName === undefined ? profile : config.sessions[sessionName];
  if (!session) throw invalid(name, config, `names the sso-session "${sessionName}", which is not there`, `add [sso-session ${sessionName}], or correct sso_session; it has: ${Object.keys(config.sessions).join(', ') || 'none'}`);
  for (const key of ['sso_start_url', 'sso_region']) {
    if (!session[key]) throw invalid(name, config, sessionName === undefined ? `has no ${key}` : `names the sso-session "${sessionName}", which has no ${key}`);
    // The tools of AWS do not agree on which of the two counts.
    if (profile[key] && profile[key] !== session[key]) throw invalid(name, config, `and its sso-session "${sessionName}" have different values of ${key}`);
  }
  const scopes = (session['sso_registration_scopes'] ?? '').split(',').map((scope) => scope.trim()).filter((scope) => scope !== '');
  return { name: sessionName ?? null, startUrl: session['sso_start_url']!, region: session['sso_region']!, scopes: scopes.length > 0 ? scopes : DEFAULT_SCOPES };
}

function noProfile(which: string, { profiles, file }: AwsConfig, more = ''): DlpError {
  const known = Object.keys(profiles);
  return new DlpError('CREDENTIALS_MISSING', `${which} is not in ${file}`, {
    hint: `${known.length > 0 ? `it has: ${known.join(', ')}; ` : ''}\`aws configure sso\` makes one${more}`,
  });
}

function invalid(name: string, { file }: AwsConfig, problem: string, hint?: string): DlpError {
  return new DlpError('PROFILE_INVALID', `profile "${name}" in ${file} ${problem}`, hint === undefined ? {} : { hint });
}

/**
 * What a person calls the role of an ARN: the permission set, the role or the user.
 * `arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_DataAdmin_0123456789abcdef/jo` → `DataAdmin`
 */
export function roleOf(arn: string): string {
  const [type = '', name = ''] = (arn.split(':').slice(5).join(':')).split('/');
  if (type === 'assumed-role') return /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(name)?.[1] ?? name;
  return name === '' ? type : `${type}/${arn.split('/').slice(1).join('/')}`;
}

/** ``run `dlp login --env dev` ``, with the profile where it was given by flag. */
export function loginHint({ name, profile, profileGiven }: Environment): string {
  return `run \`dlp login --env ${name}${profileGiven && profile ? ` --profile ${profile}` : ''}\``;
}

// The credentials of an environment, for SDK clients and the CDK alike: chooses where they come from, keeps the SSO token
// behind them fresh, and says in our words what went wrong. Role credentials stay in this process; none are written.
import { fromEnv, fromHttp, fromIni, fromNodeProviderChain, fromSSO, fromTokenFile } from '@aws-sdk/credential-providers';
import { chooseCredentials, loginHint, type CredentialSource, type Variables } from '../core/credentials.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import type { SsoSignIn } from '../core/sso.js';
import { Patience } from './patience.js';
import { readAwsConfig } from './sso/profiles.js';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface Credentials {
  readonly source: CredentialSource;
  /** One for all clients of the process: a role is asked for once, and again before it ends. */
  readonly provider: () => Promise<AwsKeys>;
}

/** Credentials of the local cloud: not secret, never valid on AWS. The key is its own, see docs/decisions. */
export const LOCAL_CREDENTIALS: AwsKeys = { accessKeyId: 'dlp-local', secretAccessKey: 'dlp-local' };

/** Role credentials are asked for anew when they end within this time, as the AWS SDK does. */
const RENEW_MS = 5 * 60_000;

export interface OpenOptions {
  readonly variables: Variables;
  readonly sso: SsoSignIn;
  /** Told that a token ends soon and cannot be renewed here. */
  readonly emit: Emit;
}

/**
 * Never fails and asks nobody: what is wrong comes with the first use, so that whatever can be refused without AWS is.
 * The provider throws LOGIN_NEEDED, CREDENTIALS_MISSING, PROFILE_INVALID, ACCESS_DENIED, or what the SDK throws.
 */
export async function openCredentials(environment: Environment, { variables, sso, emit }: OpenOptions): Promise<Credentials> {
  const config = environment.local ? { profiles: {}, sessions: {}, file: '' } : await readAwsConfig(variables);
  try {
    const source = chooseCredentials(environment, config, variables);
    return { source, provider: shared(providerOf(environment, source, sso, emit)) };
  } catch (error) {
    return { source: NONE, provider: async () => { throw error; } };
  }
}

const NONE: CredentialSource = { kind: 'none', text: 'of nobody', profile: null, sso: null, account: null, role: null };

function providerOf(environment: Environment, source: CredentialSource, sso: SsoSignIn, emit: Emit): () => Promise<AwsKeys> {
  if (source.kind === 'local') return async () => LOCAL_CREDENTIALS;
  let refusal: Error | undefined;
  // The providers keep only the text of what a service refused them; its name is what we translate by.
  const silent = () => undefined;
  const logger: SdkLogger = { debug: silent, info: silent, warn: silent, error: (entry) => { refusal = (entry as { error?: Error } | undefined)?.error; } };
  const inner = sdkProvider(environment, source, logger);
  return async () => {
    if (source.sso) await sso.ensure(source.sso, { person: undefined, emit, hint: loginHint(environment) });
    refusal = undefined;
    try {
      return await inner();
    } catch (error) {
      throw explain(environment, source, refusal ?? error as Error);
    }
  };
}

interface SdkLogger extends Record<'debug' | 'info' | 'warn' | 'error', (...content: unknown[]) => void> {}

function sdkProvider({ region }: Environment, { kind, profile, sso, account, role }: CredentialSource, logger: SdkLogger): () => Promise<AwsKeys> {
  const retryStrategy = new Patience();
  // No region for the inner clients: the portal is in the session's own, which need not be the lake's.
  if (profile !== null) return fromIni({ profile, clientConfig: { logger, retryStrategy }, parentClientConfig: { region } });
  if (kind === 'sso of dlp.yaml') {
    return fromSSO({ ssoStartUrl: sso!.startUrl, ssoRegion: sso!.region, ssoAccountId: account!, ssoRoleName: role!, clientConfig: { region: sso!.region, logger, retryStrategy } });
  }
  // Each by itself: the SDK's own chain would take AWS_PROFILE before variables that were chosen here.
  if (kind === 'environment keys') return fromEnv();
  if (kind === 'web identity') return fromTokenFile({ clientConfig: { region, logger, retryStrategy } });
  if (kind === 'container') return fromHttp();
  return fromNodeProviderChain({ clientConfig: { region, logger, retryStrategy } });
}

function explain(environment: Environment, source: CredentialSource, cause: Error): Error {
  const { sso, account, role, text } = source;
  if (sso && cause.name === 'UnauthorizedException') {
    return new DlpError('LOGIN_NEEDED', `${sso.startUrl} no longer accepts the token of this machine`, { cause, hint: loginHint(environment), details: { startUrl: sso.startUrl, session: sso.name } });
  }
  if (sso && account && cause.name === 'ForbiddenException') {
    return new DlpError('ACCESS_DENIED', `no access to the permission set "${role}" in account ${account} for whoever signed in to ${sso.startUrl} (credentials ${text})`, {
      cause, hint: 'ask for it to be assigned, sign in as somebody else with --force, or use another profile', details: { account, role, startUrl: sso.startUrl },
    });
  }
  if (source.kind === 'aws login') return new DlpError('CREDENTIALS_MISSING', cause.message, { cause, hint: `run \`aws login --profile ${source.profile}\`` });
  return cause;
}

function shared(provide: () => Promise<AwsKeys>): () => Promise<AwsKeys> {
  let held: Promise<AwsKeys> | undefined;
  let renewal: Promise<AwsKeys> | undefined;
  const ask = (): Promise<AwsKeys> => {
    const asked = provide();
    held = asked;
    // A refusal is not kept: the next call may find a person signed in.
    asked.catch(() => { if (held === asked) held = undefined; });
    return asked;
  };
  return async () => {
    if (!held) return ask();
    const keys = await held;
    if (!keys.expiration || keys.expiration.getTime() - Date.now() >= RENEW_MS) return keys;
    // One renewal for all who find the keys too old; while they are good, a stumble of it ends nothing.
    renewal ??= ask().finally(() => { renewal = undefined; });
    return renewal.catch((error: unknown) => { if (keys.expiration!.getTime() > Date.now()) return keys; throw error; });
  };
}

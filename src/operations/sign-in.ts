// Signs a person in to an environment, and says for each environment who its credentials are. Writes nothing to AWS.
import { loginHint, roleOf, type CredentialKind, type CredentialSource } from '../core/credentials.js';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import { toDlpError } from '../core/known-errors.js';
import type { Caller, Identity } from '../core/ports.js';
import type { Ensured, SignInWay, SsoSignIn } from '../core/sso.js';
import { guardAccount } from './guard-account.js';

export interface SignInAccount {
  readonly environment: Environment;
  open(): Promise<{ readonly source: CredentialSource; readonly identity: Identity; readonly sso: SsoSignIn }>;
}

/** `refused`: signed in, but without access to the role; `unknown`: AWS could not be asked. */
export type SignInState = 'ok' | 'expired' | 'missing' | 'wrong account' | 'refused' | 'unknown';

export interface SignInReport {
  readonly environment: string;
  /** That of the credentials; null where none is used. With kind `none` the one that was looked for. */
  readonly profile: string | null;
  readonly credentials: CredentialKind | null;
  readonly startUrl: string | null;
  readonly session: string | null;
  /** In dlp.yaml. */
  readonly expectedAccount: string;
  /** As STS answers; null where it was not asked. */
  readonly account: string | null;
  readonly role: string | null;
  readonly arn: string | null;
  /** Of the SSO token; ISO 8601, UTC. */
  readonly expiresAt: string | null;
  readonly state: SignInState;
  readonly did: Ensured['did'];
  readonly note: string | null;
}

export interface SignInResult { readonly environments: readonly SignInReport[] }

export interface SignInInput {
  readonly account: SignInAccount;
  /** How to ask a person; undefined where nobody can be asked. */
  readonly person: SignInWay | undefined;
  readonly force: boolean;
  readonly emit: Emit;
}

/** @throws LOGIN_NEEDED when nobody can be asked, LOGIN_FAILED, ABORTED, WRONG_ACCOUNT, ACCESS_DENIED */
export async function signIn({ account, person, force, emit }: SignInInput): Promise<SignInResult> {
  const { environment } = account;
  const { source, identity, sso } = await account.open();
  if (source.kind === 'local') return { environments: [report(environment, { source, state: 'ok', note: NOTHING })] };
  const session = source.sso;
  // A profile that says another account needs no browser to be wrong.
  if (source.account) await guardAccount(environment, { caller: async () => ({ account: source.account!, arn: `permission set ${source.role}`, credentials: source.text }) });
  const hint = 'on a terminal this opens the browser; --no-browser prints the address instead; in CI set the AWS_* variables';
  let ensured = session ? await sso.ensure(session, { person, force, emit, hint }) : undefined;
  const caller = await identity.caller().catch(async (error: unknown) => {
    // The token looked good here and AWS does not take it any more: it was withdrawn.
    if (!session || ensured?.did === 'signed in' || toDlpError(error).code !== 'LOGIN_NEEDED') throw error;
    ensured = await sso.ensure(session, { person, force: true, emit, hint });
    return identity.caller();
  });
  await guardAccount(environment, { caller: async () => caller });
  return { environments: [report(environment, { source, ensured, caller, state: 'ok', note: session ? null : NOTHING })] };
}

const NOTHING = 'there is nothing to sign in to';

/** What can be known without a person, side by side; never fails for one of them. */
export async function readSignIns(accounts: readonly SignInAccount[]): Promise<SignInResult> {
  return { environments: await Promise.all(accounts.map(readSignIn)) };
}

async function readSignIn({ environment, open }: SignInAccount): Promise<SignInReport> {
  let source: CredentialSource | undefined;
  let ensured: Ensured | undefined;
  try {
    const access = await open();
    source = access.source;
    if (source.kind === 'local') return report(environment, { source, state: 'ok', note: null });
    if (source.sso) ensured = await access.sso.refresh(source.sso);
    if (ensured?.state === 'missing' || ensured?.state === 'expired') return report(environment, { source, ensured, state: ensured.state, note: loginHint(environment) });
    const caller = await access.identity.caller();
    const state = caller.account === environment.account ? 'ok' : 'wrong account';
    return report(environment, { source, ensured, caller, state, note: state === 'ok' ? null : `${environment.name} is account ${environment.account}` });
  } catch (thrown) {
    const error = toDlpError(thrown);
    if (error.kind === 'bug') throw thrown;
    return report(environment, { source, ensured, state: stateOf(error), note: error.message });
  }
}

function stateOf({ code, cause }: DlpError): SignInState {
  if (code === 'LOGIN_NEEDED' || (cause as Error | undefined)?.name.startsWith('Expired')) return 'expired';
  if (code === 'CREDENTIALS_MISSING' || code === 'PROFILE_INVALID') return 'missing';
  return code === 'ACCESS_DENIED' ? 'refused' : 'unknown';
}

interface Found { readonly source?: CredentialSource; readonly ensured?: Ensured; readonly caller?: Caller; readonly state: SignInState; readonly note: string | null }

function report(environment: Environment, { source, ensured, caller, state, note }: Found): SignInReport {
  return {
    environment: environment.name,
    profile: source && source.kind !== 'none' ? source.profile : environment.profile ?? null,
    credentials: source?.kind ?? null,
    startUrl: source?.sso?.startUrl ?? null,
    session: source?.sso?.name ?? null,
    expectedAccount: environment.account,
    account: caller?.account ?? null,
    role: caller ? roleOf(caller.arn) : source?.role ?? null,
    arn: caller?.arn ?? null,
    expiresAt: ensured?.expiresAt ?? null,
    state,
    did: ensured?.did ?? 'nothing',
    note,
  };
}

// What signing in to IAM Identity Center means: sessions, tokens, when a token is too old, and the port of whatever
// signs in. Pure: knows neither the AWS configuration nor files, browsers or the network.
import type { Emit } from './events.js';

/** One place to sign in; profiles that name the same one share its token. */
export interface SsoSession {
  /** Of `sso_session`; null for legacy profiles and for `sso` of dlp.yaml. */
  readonly name: string | null;
  readonly startUrl: string;
  readonly region: string;
  readonly scopes: readonly string[];
}

/** What makes a token refreshable, as the AWS CLI asks for it. */
export const DEFAULT_SCOPES: readonly string[] = ['sso:account:access'];

/** A file of `~/.aws/sso/cache`, in the AWS CLI's own layout. Times are ISO 8601, UTC. All of it is secret. */
export interface SsoToken {
  readonly startUrl?: string;
  readonly region?: string;
  readonly accessToken: string;
  readonly expiresAt: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly registrationExpiresAt?: string;
  readonly refreshToken?: string;
}

/** A token that ends within this time is renewed first: role credentials that are asked for late fail in the middle of work. */
export const ENDING_MS = 15 * 60_000;

/** `ending`: still valid, but not for long. */
export type TokenState = 'ok' | 'ending' | 'expired' | 'missing';

export interface TokenStatus { readonly state: TokenState; readonly expiresAt: string | null }

/** The text whose SHA-1 names the token's file: the session's name, or the start URL where there is none. */
export function cacheId({ name, startUrl }: SsoSession): string {
  return name ?? startUrl;
}

/**
 * Whether a token was given for this session. Two start URLs can share a file when the name of a session was used
 * again; what belongs to the other must not be sent to this one.
 */
export function belongsTo(session: SsoSession, token: SsoToken): boolean {
  return token.startUrl === undefined || plainUrl(token.startUrl) === plainUrl(session.startUrl);
}

function plainUrl(url: string): string {
  return url.toLowerCase().replace(/[/#]+$/, '');
}

export function tokenStatus(token: SsoToken | undefined, now: number): TokenStatus {
  if (!token) return { state: 'missing', expiresAt: null };
  const left = timeOf(token.expiresAt) - now;
  // A date that cannot be read is no reason to trust the token.
  const state = !(left > 0) ? 'expired' : left <= ENDING_MS ? 'ending' : 'ok';
  return { state, expiresAt: token.expiresAt };
}

/** Older tools of AWS end a time with UTC. */
function timeOf(text: string): number {
  return Date.parse(text.replace(/UTC$/, 'Z'));
}

export type RefreshableToken = SsoToken & { readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string };

/** Whether the token can be renewed without a person: it has a refresh token, and the client that got it is still registered. */
export function canRefresh(token: SsoToken, now: number): token is RefreshableToken {
  if (!token.refreshToken || !token.clientId || !token.clientSecret) return false;
  return token.registrationExpiresAt === undefined || timeOf(token.registrationExpiresAt) > now;
}

/** `seconds` from now, as the AWS CLI writes it: without fractions. */
export function expiryTime(now: number, seconds: number): string {
  return awsTime(now + seconds * 1_000);
}

export function awsTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** How a person signs in. */
export interface SignInWay {
  /** A code to type on any device, instead of a browser on this machine. */
  readonly device: boolean;
  /** False: the address is only shown. */
  readonly openBrowser: boolean;
}

export interface EnsureOptions {
  /** How to ask a person; undefined where nobody can be asked. */
  readonly person: SignInWay | undefined;
  /** Sign in again whatever the token says. */
  readonly force?: boolean;
  readonly emit: Emit;
  /** What to do where nobody can be asked: ``run `dlp login --env dev` ``. */
  readonly hint: string;
}

export interface Ensured extends TokenStatus { readonly did: 'nothing' | 'refreshed' | 'signed in' }

/** Keeps the tokens of sessions; asks a person only when it may. */
export interface SsoSignIn {
  /** What is on disk, without a call. */
  status(session: SsoSession): Promise<TokenStatus>;
  /** Renews a token that is about to end, without a person; what cannot be renewed stays as it is. */
  refresh(session: SsoSession): Promise<Ensured>;
  /**
   * Makes sure of a valid token: refreshes, or has a person sign in.
   * @throws LOGIN_NEEDED when nobody can be asked, ABORTED when the person refused, LOGIN_FAILED
   */
  ensure(session: SsoSession, options: EnsureOptions): Promise<Ensured>;
}

// Keeps the tokens of IAM Identity Center: refreshes them silently, and signs a person in, in the browser of this machine
// (authorization code with PKCE) or on any device (device code). What a person must do is an event; nothing is printed here.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { DlpError } from '../../core/errors.js';
import { step, type Emit } from '../../core/events.js';
import { canRefresh, tokenStatus, type Ensured, type EnsureOptions, type SignInWay, type SsoSession, type SsoSignIn, type SsoToken, type TokenStatus } from '../../core/sso.js';
import { listenForCode, REGISTERED_REDIRECT } from './loopback.js';
import type { SsoOidc } from './oidc.js';
import { readToken, tokenFile, writeToken } from './token-cache.js';

/** As long as the AWS CLI waits. */
const PERSON_LIMIT_MS = 10 * 60_000;
const SLOWER_SECONDS = 5;

export interface IdentityCenterOptions {
  readonly openUrl?: (url: string) => Promise<void>;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** One sign-in at a time in this process: two environments of one session must not open two browsers. */
let turn: Promise<unknown> = Promise.resolve();

export class IdentityCenter implements SsoSignIn {
  private readonly openUrl: (url: string) => Promise<void>;
  private readonly sleep: (milliseconds: number) => Promise<void>;

  constructor({ openUrl = openInBrowser, sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }) }: IdentityCenterOptions = {}) {
    this.openUrl = openUrl;
    this.sleep = sleep;
  }

  async status(session: SsoSession): Promise<TokenStatus> {
    return tokenStatus(await readToken(session), Date.now());
  }

  async refresh(session: SsoSession): Promise<Ensured> {
    return inTurn(() => this.refreshNow(session));
  }

  async ensure(session: SsoSession, options: EnsureOptions): Promise<Ensured> {
    return inTurn(async () => {
      const { person, force = false, emit, hint } = options;
      const now: Ensured = force ? { state: 'missing', expiresAt: null, did: 'nothing' } : await this.refreshNow(session);
      if (now.state === 'ok') return now;
      if (person) return this.signIn(session, person, emit);
      if (now.state === 'ending') {
        emit({ type: 'warning', text: `the sign-in to ${session.startUrl} ends at ${now.expiresAt} and cannot be renewed without a person: ${hint}` });
        return now;
      }
      throw loginNeeded(session, now, hint);
    });
  }

  private async refreshNow(session: SsoSession): Promise<Ensured> {
    const token = await readToken(session);
    const status = tokenStatus(token, Date.now());
    if (!token || status.state === 'ok' || !canRefresh(token, Date.now())) return { ...status, did: 'nothing' };
    const { clientId, clientSecret, registrationExpiresAt, refreshToken } = token;
    try {
      const fresh = await (await oidcOf(session)).createToken({ clientId, clientSecret, ...(registrationExpiresAt ? { registrationExpiresAt } : {}) }, { grantType: 'refresh_token', refreshToken });
      // Without a new one the old refresh token stays good.
      const kept = { ...token, ...fresh, refreshToken: fresh.refreshToken ?? refreshToken };
      await writeToken(session, kept);
      return { ...tokenStatus(kept, Date.now()), did: 'refreshed' };
    } catch (error) {
      // Another process may have been quicker, and a refresh token is good once.
      const now = tokenStatus(await readToken(session), Date.now());
      if (now.state === 'ok') return { ...now, did: 'refreshed' };
      if ((await import('./oidc.js')).isRefused(error) || now.state === 'ending') return { ...now, did: 'nothing' };
      throw error;
    }
  }

  private async signIn(session: SsoSession, way: SignInWay, emit: Emit): Promise<Ensured> {
    const token = way.device ? await this.byDevice(session, way, emit) : await this.byBrowser(session, way, emit);
    await writeToken(session, token);
    return { ...tokenStatus(token, Date.now()), did: 'signed in' };
  }

  private async byBrowser(session: SsoSession, { openBrowser }: SignInWay, emit: Emit): Promise<SsoToken> {
    const oidc = await oidcOf(session);
    const state = randomUUID();
    const verifier = randomBytes(48).toString('base64url');
    const loopback = await listenForCode(state);
    try {
      const client = await oidc.register(REGISTERED_REDIRECT);
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const url = oidc.authorizeUrl(client, { redirectUri: loopback.redirectUri, state, challenge });
      await this.show(emit, url, openBrowser, openBrowser
        ? `signing in to ${session.startUrl} in the browser; if none opens here, open this address:\n  ${url}`
        : `to sign in to ${session.startUrl}, open this address in a browser on this machine (elsewhere: --device):\n  ${url}`);
      const { redirectUri } = loopback;
      const code = await step(emit, 'sign-in', 'wait for the sign-in', () => loopback.code(PERSON_LIMIT_MS));
      return await oidc.ask(() => oidc.createToken(client, { grantType: 'authorization_code', code, redirectUri, codeVerifier: verifier }));
    } finally {
      await loopback.close();
    }
  }

  private async byDevice(session: SsoSession, { openBrowser }: SignInWay, emit: Emit): Promise<SsoToken> {
    const oidc = await oidcOf(session);
    const client = await oidc.register();
    const device = await oidc.startDevice(client);
    await this.show(emit, device.address, openBrowser, `to sign in to ${session.startUrl}, open this address on any device and confirm the code ${device.userCode}:\n  ${device.address}`);
    const poll = () => oidc.createToken(client, { grantType: 'urn:ietf:params:oauth:grant-type:device_code', deviceCode: device.deviceCode });
    return step(emit, 'sign-in', `wait for the code ${device.userCode} to be confirmed`, () => oidc.ask(async () => {
      const deadline = Date.now() + device.expiresInSeconds * 1_000;
      for (let interval = device.intervalSeconds; Date.now() < deadline;) {
        await this.sleep(interval * 1_000);
        try {
          return await poll();
        } catch (error) {
          const { name } = error as Error;
          if (name === 'SlowDownException') interval += SLOWER_SECONDS;
          else if (name !== 'AuthorizationPendingException') throw error;
        }
      }
      throw new DlpError('LOGIN_FAILED', 'the code was not confirmed in time');
    }));
  }

  private async show(emit: Emit, url: string, openBrowser: boolean, text: string): Promise<void> {
    emit({ type: 'notice', text });
    if (openBrowser) await this.openUrl(url).catch(() => emit({ type: 'notice', text: 'no browser could be opened here: open the address yourself' }));
  }
}

/** Most commands find a good token: they never load the client. */
async function oidcOf(session: SsoSession): Promise<SsoOidc> {
  const { SsoOidc } = await import('./oidc.js');
  return new SsoOidc(session);
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
}

async function openInBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  await open(url);
}

function loginNeeded(session: SsoSession, { state, expiresAt }: TokenStatus, hint: string): DlpError {
  const why = state === 'expired' ? `the sign-in to ${session.startUrl} ended at ${expiresAt}` : `nobody is signed in to ${session.startUrl}`;
  return new DlpError('LOGIN_NEEDED', why, { hint, details: { startUrl: session.startUrl, session: session.name, state, expiresAt, tokenFile: tokenFile(session) } });
}

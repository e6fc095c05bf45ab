// The calls of SSO-OIDC for one session: register, authorize, poll, exchange, refresh. Keeps nothing and asks nobody.
import { CreateTokenCommand, RegisterClientCommand, SSOOIDCClient, StartDeviceAuthorizationCommand, type CreateTokenCommandInput } from '@aws-sdk/client-sso-oidc';
import { DlpError } from '../../core/errors.js';
import { awsTime, expiryTime, type SsoSession, type SsoToken } from '../../core/sso.js';

export interface OidcClient { readonly clientId: string; readonly clientSecret: string; readonly registrationExpiresAt?: string }

export interface DeviceCode {
  readonly deviceCode: string;
  readonly userCode: string;
  /** Where the code is typed; with the code in it where AWS gives that. */
  readonly address: string;
  readonly expiresInSeconds: number;
  readonly intervalSeconds: number;
}

export type Grant =
  | { readonly grantType: 'authorization_code'; readonly code: string; readonly redirectUri: string; readonly codeVerifier: string }
  | { readonly grantType: 'urn:ietf:params:oauth:grant-type:device_code'; readonly deviceCode: string }
  | { readonly grantType: 'refresh_token'; readonly refreshToken: string };

const CODE_GRANTS = ['authorization_code', 'refresh_token'];
const DEVICE_GRANTS = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'];

export class SsoOidc {
  private readonly session: SsoSession;
  private readonly client: SSOOIDCClient;
  /** Where the SDK found the service: AWS_ENDPOINT_URL_SSO_OIDC and the partition of the region are in it. */
  private origin = '';

  constructor(session: SsoSession) {
    this.session = session;
    this.client = new SSOOIDCClient({ region: session.region });
    this.client.middlewareStack.add((next) => (args) => {
      const { protocol, hostname, port, path } = args.request as { protocol: string; hostname: string; port?: number; path: string };
      this.origin = `${protocol}//${hostname}${port ? `:${port}` : ''}${path.replace(/\/client\/register$/, '')}`;
      return next(args);
    }, { step: 'finalizeRequest', name: 'rememberOrigin' });
  }

  /** A client of this one sign-in; with a redirect for the browser, without one for the device flow. */
  async register(redirectUri?: string): Promise<OidcClient> {
    const answer = await this.ask(() => this.client.send(new RegisterClientCommand({
      clientName: 'dlp', clientType: 'public', scopes: [...this.session.scopes],
      ...(redirectUri ? { grantTypes: CODE_GRANTS, redirectUris: [redirectUri], issuerUrl: this.session.startUrl } : { grantTypes: DEVICE_GRANTS }),
    })));
    return {
      clientId: answer.clientId ?? '', clientSecret: answer.clientSecret ?? '',
      ...(answer.clientSecretExpiresAt ? { registrationExpiresAt: awsTime(answer.clientSecretExpiresAt * 1_000) } : {}),
    };
  }

  /** The page that asks the person; the SDK has no command for it. Only after `register`. */
  authorizeUrl({ clientId }: OidcClient, { redirectUri, state, challenge }: { redirectUri: string; state: string; challenge: string }): string {
    // AWS calls the parameter `scopes`.
    const query = new URLSearchParams({
      response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state,
      code_challenge_method: 'S256', code_challenge: challenge, scopes: this.session.scopes.join(' '),
    });
    return `${this.origin}/authorize?${query.toString().replaceAll('+', '%20')}`;
  }

  async startDevice({ clientId, clientSecret }: OidcClient): Promise<DeviceCode> {
    const answer = await this.ask(() => this.client.send(new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: this.session.startUrl })));
    return {
      deviceCode: answer.deviceCode ?? '', userCode: answer.userCode ?? '', address: answer.verificationUriComplete ?? answer.verificationUri ?? '',
      expiresInSeconds: answer.expiresIn ?? 600, intervalSeconds: answer.interval ?? 5,
    };
  }

  /** @throws what the service throws: who polls has to tell its errors apart */
  async createToken(client: OidcClient, grant: Grant): Promise<SsoToken> {
    const { clientId, clientSecret } = client;
    const answer = await this.client.send(new CreateTokenCommand({ clientId, clientSecret, ...grant } satisfies CreateTokenCommandInput));
    return {
      startUrl: this.session.startUrl, region: this.session.region,
      accessToken: answer.accessToken ?? '', expiresAt: expiryTime(Date.now(), answer.expiresIn ?? 0),
      ...client,
      ...(answer.refreshToken ? { refreshToken: answer.refreshToken } : {}),
    };
  }

  async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.explain(error);
    }
  }

  private explain(cause: unknown): unknown {
    const { name, message, region } = cause as Error & { region?: string };
    const { startUrl } = this.session;
    if (name === 'InvalidRequestRegionException') {
      return new DlpError('PROFILE_INVALID', `${startUrl} is not in ${this.session.region}${region ? ` but in ${region}` : ''}`, { cause, hint: 'correct sso_region of the profile or its sso-session, or sso.region in dlp.yaml' });
    }
    if (name === 'AccessDeniedException') return new DlpError('ABORTED', 'the sign-in was refused', { cause });
    if (name === 'ExpiredTokenException') return new DlpError('LOGIN_FAILED', 'the code was not confirmed in time', { cause });
    // What the service itself says; a broken connection is told elsewhere.
    return REFUSALS.has(name) ? new DlpError('LOGIN_FAILED', `${startUrl} (${this.session.region}): ${name}: ${message}`, { cause }) : cause;
  }
}

const REFUSALS = new Set([
  'InvalidGrantException', 'InvalidClientException', 'InvalidRequestException', 'InvalidScopeException', 'UnauthorizedClientException',
  'UnsupportedGrantTypeException', 'InvalidClientMetadataException', 'InvalidRedirectUriException',
]);

/** The refresh token is no longer good: a person has to sign in. */
export function isRefused(error: unknown): boolean {
  const { name } = error as Error;
  return REFUSALS.has(name) || name === 'AccessDeniedException' || name === 'ExpiredTokenException';
}

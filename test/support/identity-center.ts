// A stand-in for IAM Identity Center on 127.0.0.1: SSO-OIDC (register, authorize, device code, tokens) and the portal that
// gives role credentials. It is as strict as the real one about what belongs together, can be told to refuse, and every
// secret that it gives away has CANARY in it. An access key that it gives is the account's id, as the emulator wants it.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Settings {
  /** What the person does. */
  person: 'grants' | 'refuses' | 'waits';
  /** Errors that the next calls of CreateToken end with, in this order: `slow_down`, `authorization_pending`, … */
  tokenErrors: string[];
  /** Life of a token, in seconds. */
  tokenSeconds: number;
  /** Whether tokens come with a refresh token. */
  refreshable: boolean;
  /** Role credentials: `account/role` pairs that are assigned. */
  assignments: string[];
  /** Lifetime of a device code and the pause between two polls, in seconds. */
  deviceSeconds: number;
  intervalSeconds: number;
}

export interface IdentityCenterStandIn {
  readonly url: string;
  readonly startUrl: string;
  readonly settings: Settings;
  /** `RegisterClient`, `Authorize`, `StartDeviceAuthorization`, `CreateToken <grant>`, `GetRoleCredentials <account>/<role>`. */
  readonly calls: string[];
  /** Every secret that was given away or received. */
  readonly secrets: readonly string[];
  /** No token that was given so far is good any more. */
  revokeAll(): void;
  close(): Promise<void>;
}

interface Registered { readonly secret: string; readonly grants: readonly string[]; readonly redirects: readonly string[]; readonly scopes: readonly string[] }
interface Code { readonly client: string; readonly redirect: string; readonly challenge: string }

const canary = (kind: string) => `CANARY-${kind}-${randomBytes(12).toString('hex')}`;
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

/** `POST /_control` takes settings as JSON, or `{"revoke": true}`; `GET /_calls` takes the calls since it was last asked, a line each. */
export async function startIdentityCenter(): Promise<IdentityCenterStandIn> {
  const clients = new Map<string, Registered>();
  const codes = new Map<string, Code>();
  const devices = new Map<string, string>();
  const refreshTokens = new Map<string, string>();
  const tokens = new Map<string, number>();
  const secrets: string[] = [];
  const calls: string[] = [];
  let taken = 0;
  const settings: Settings = {
    person: 'grants', tokenErrors: [], tokenSeconds: 8 * 3600, refreshable: true, deviceSeconds: 600, intervalSeconds: 1,
    assignments: ['111111111111/DataAdmin', '222222222222/DataAdmin', '333333333333/DataAdmin', '999999999999/DataAdmin'],
  };
  const secret = (kind: string) => {
    const value = canary(kind);
    secrets.push(value);
    return value;
  };

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      if (error instanceof Refusal) json(response, error.status, { error: error.code, error_description: error.message, message: error.message }, { 'x-amzn-errortype': error.type });
      else json(response, 500, { message: String(error) });
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const startUrl = 'https://lake.example.com/start';

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const text = await textOf(request);
    const body = (request.method === 'POST' && text ? JSON.parse(text) : {}) as Record<string, unknown>;
    if (pathname === '/_control') {
      const { revoke, ...changed } = body as Partial<Settings> & { revoke?: boolean };
      if (revoke) revokeAll();
      Object.assign(settings, changed);
      json(response, 200, {});
    } else if (pathname === '/_calls') {
      response.end(calls.slice(taken).join('\n'));
      taken = calls.length;
    } else if (pathname === '/client/register') json(response, 200, register(body));
    else if (pathname === '/authorize') authorize(searchParams, response);
    else if (pathname === '/device_authorization') json(response, 200, startDevice(body));
    else if (pathname === '/token') json(response, 200, createToken(body));
    else if (pathname === '/federation/credentials') json(response, 200, roleCredentials(searchParams, String(request.headers['x-amz-sso_bearer_token'] ?? '')));
    else throw new Refusal(404, 'not_found', 'ResourceNotFoundException', `${request.method} ${pathname}`);
  }

  function register(body: Record<string, unknown>) {
    calls.push('RegisterClient');
    const { clientType, redirectUris = [], grantTypes = [], scopes = [], issuerUrl } = body as { clientType: string; redirectUris: string[]; grantTypes: string[]; scopes: string[]; issuerUrl?: string };
    if (clientType !== 'public') throw invalidRequest('clientType');
    if (grantTypes.includes('authorization_code')) {
      if (issuerUrl !== startUrl) throw invalidRequest(`issuerUrl ${issuerUrl}`);
      // Native clients register the loopback address without its port (RFC 8252).
      if (redirectUris.length !== 1 || new URL(redirectUris[0]!).port !== '') throw new Refusal(400, 'invalid_redirect_uri', 'InvalidRedirectUriException', 'a loopback address without port');
    }
    const clientId = `client-${randomBytes(6).toString('hex')}`;
    const clientSecret = secret('client-secret');
    clients.set(clientId, { secret: clientSecret, grants: grantTypes, redirects: redirectUris, scopes });
    return { clientId, clientSecret, clientIdIssuedAt: seconds(), clientSecretExpiresAt: seconds() + 90 * 86_400 };
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    calls.push('Authorize');
    const redirect = new URL(query.get('redirect_uri') ?? '');
    const client = clients.get(query.get('client_id') ?? '');
    const plain = `${redirect.protocol}//${redirect.hostname}${redirect.pathname}`;
    const wrong = !client ? 'client_id' : !client.redirects.includes(plain) ? 'redirect_uri' : query.get('response_type') !== 'code' ? 'response_type'
      : query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(query.get('code_challenge') ?? '') ? 'code_challenge'
        : query.get('scopes') !== client.scopes.join(' ') ? 'scopes' : !query.get('state') ? 'state' : undefined;
    if (wrong) throw invalidRequest(wrong);
    if (settings.person === 'waits') {
      response.end('waiting for the person');
      return;
    }
    redirect.searchParams.set('state', query.get('state')!);
    if (settings.person === 'refuses') redirect.searchParams.set('error', 'access_denied');
    else {
      const code = secret('code');
      codes.set(code, { client: query.get('client_id')!, redirect: query.get('redirect_uri')!, challenge: query.get('code_challenge')! });
      redirect.searchParams.set('code', code);
    }
    response.writeHead(302, { location: redirect.href }).end();
  }

  function startDevice(body: Record<string, unknown>) {
    calls.push('StartDeviceAuthorization');
    const clientId = authenticate(body);
    if (body['startUrl'] !== startUrl) throw invalidRequest(`startUrl ${String(body['startUrl'])}`);
    const deviceCode = secret('device-code');
    devices.set(deviceCode, clientId);
    const verificationUri = 'https://device.sso.example.com/';
    return { deviceCode, userCode: 'WDJB-MJHT', verificationUri, verificationUriComplete: `${verificationUri}?user_code=WDJB-MJHT`, expiresIn: settings.deviceSeconds, interval: settings.intervalSeconds };
  }

  function createToken(body: Record<string, unknown>) {
    const grant = String(body['grantType']);
    calls.push(`CreateToken ${grant === DEVICE ? 'device_code' : grant}`);
    const clientId = authenticate(body);
    if (!clients.get(clientId)!.grants.includes(grant)) throw new Refusal(400, 'unauthorized_client', 'UnauthorizedClientException', grant);
    const error = settings.tokenErrors.shift();
    if (error) throw oauthError(error);
    if (grant === 'authorization_code') {
      const code = codes.get(String(body['code']));
      codes.delete(String(body['code']));
      const challenge = createHash('sha256').update(String(body['codeVerifier'])).digest('base64url');
      secrets.push(String(body['codeVerifier']));
      if (!code || code.client !== clientId || code.redirect !== body['redirectUri'] || code.challenge !== challenge) throw oauthError('invalid_grant');
    } else if (grant === DEVICE) {
      if (devices.get(String(body['deviceCode'])) !== clientId) throw oauthError('invalid_grant');
      if (settings.person === 'waits') throw oauthError('authorization_pending');
      if (settings.person === 'refuses') throw oauthError('access_denied');
    } else {
      if (refreshTokens.get(String(body['refreshToken'])) !== clientId) throw oauthError('invalid_grant');
      // A refresh token is good once.
      refreshTokens.delete(String(body['refreshToken']));
    }
    const accessToken = secret('access-token');
    tokens.set(accessToken, Date.now() + settings.tokenSeconds * 1_000);
    if (!settings.refreshable) return { accessToken, expiresIn: settings.tokenSeconds, tokenType: 'Bearer' };
    const refreshToken = secret('refresh-token');
    refreshTokens.set(refreshToken, clientId);
    return { accessToken, refreshToken, expiresIn: settings.tokenSeconds, tokenType: 'Bearer' };
  }

  function roleCredentials(query: URLSearchParams, token: string) {
    const [account, role] = [query.get('account_id'), query.get('role_name')];
    calls.push(`GetRoleCredentials ${account}/${role}`);
    if (!((tokens.get(token) ?? 0) > Date.now())) throw new Refusal(401, 'unauthorized', 'UnauthorizedException', 'Session token not found or invalid');
    if (!settings.assignments.includes(`${account}/${role}`)) throw new Refusal(403, 'forbidden', 'ForbiddenException', 'No access');
    return { roleCredentials: { accessKeyId: account, secretAccessKey: secret('secret-key'), sessionToken: secret('session-token'), expiration: Date.now() + 3_600_000 } };
  }

  function authenticate(body: Record<string, unknown>): string {
    const clientId = String(body['clientId']);
    if (clients.get(clientId)?.secret !== body['clientSecret']) throw oauthError('invalid_client');
    return clientId;
  }

  function revokeAll(): void {
    tokens.clear();
    refreshTokens.clear();
  }

  return {
    url, startUrl, settings, calls, secrets, revokeAll,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }),
  };
}

/** A token file of somebody else's: nothing that dlp may use. */
export const foreignToken = () => ({ startUrl: 'https://other.example.com/start', region: 'eu-west-2', accessToken: `CANARY-foreign-${randomUUID()}`, expiresAt: '2099-01-01T00:00:00Z' });

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly type: string;

  constructor(status: number, code: string, type: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.type = type;
  }
}

function invalidRequest(what: string): Refusal {
  return new Refusal(400, 'invalid_request', 'InvalidRequestException', what);
}

/** `slow_down` → SlowDownException, as AWS names what OAuth calls so. */
function oauthError(code: string): Refusal {
  const type = `${code.split('_').map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')}Exception`;
  return new Refusal(400, code, type, code);
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

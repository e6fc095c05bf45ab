import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import { openCredentials } from '../../src/aws/credentials.js';
import { tokenFile, writeToken } from '../../src/aws/sso/token-cache.js';
import { IdentityCenter } from '../../src/aws/sso/sign-in.js';
import { DEFAULT_SCOPES, type SsoSession } from '../../src/core/sso.js';
import { environment, recorder } from '../support/fakes.js';
import { startIdentityCenter, type IdentityCenterStandIn } from '../support/identity-center.js';

describe('the credentials of an environment', () => {
  let standIn: IdentityCenterStandIn;
  let home: string;
  let session: SsoSession;
  const before = { ...process.env };

  beforeEach(async () => {
    standIn = await startIdentityCenter();
    home = await mkdtemp(path.join(tmpdir(), 'dlp-credentials-'));
    for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) delete process.env[name];
    Object.assign(process.env, { HOME: home, AWS_CONFIG_FILE: path.join(home, 'config'), AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'none'), AWS_ENDPOINT_URL_SSO_OIDC: standIn.url, AWS_ENDPOINT_URL_SSO: standIn.url });
    session = { name: 'lake', startUrl: standIn.startUrl, region: 'eu-west-1', scopes: DEFAULT_SCOPES };
    await writeFile(path.join(home, 'config'), `[profile lake-dev]\nsso_session = lake\nsso_account_id = 111111111111\nsso_role_name = DataAdmin\n[profile other]\nsso_session = lake\nsso_account_id = 222222222222\nsso_role_name = DataAdmin\n[profile owner]\nsso_session = lake\nsso_account_id = 111111111111\nsso_role_name = Owner\n[sso-session lake]\nsso_start_url = ${standIn.startUrl}\nsso_region = eu-west-1\n`);
  });
  afterEach(async () => {
    jest.useRealTimers();
    process.env = { ...before };
    await standIn.close();
    await rm(home, { recursive: true, force: true });
  });
  const signIn = async () => {
    const center = new IdentityCenter({ openUrl: async (url) => { await fetch(url); } });
    await center.ensure(session, { person: { device: false, openBrowser: true }, emit: recorder().emit, hint: '' });
  };
  const openAs = (extra: object) => openCredentials(environment('dev', extra), { variables: process.env, sso: new IdentityCenter(), emit: recorder().emit });
  const open = (profile: string) => openAs({ profile });
  const asked = () => standIn.calls.filter((call) => call.startsWith('GetRoleCredentials'));

  it('are asked for once for all clients, and anew before they end', async () => {
    await signIn();
    const { provider } = await open('lake-dev');
    const [first, again] = await Promise.all([provider(), provider()]);
    expect(again).toBe(first);
    expect(await provider()).toBe(first);
    expect(asked()).toHaveLength(1);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'], now: Date.now() + 56 * 60_000 });
    const [second, other] = await Promise.all([provider(), provider()]);
    expect(second.sessionToken).not.toBe(first.sessionToken);
    expect(other).toBe(second);
    expect(asked()).toHaveLength(2);
  });

  it('of one session are never those of another account', async () => {
    await signIn();
    const [dev, other] = await Promise.all([open('lake-dev'), open('other')]);
    expect((await dev.provider()).accessKeyId).toBe('111111111111');
    expect((await other.provider()).accessKeyId).toBe('222222222222');
  });

  it('renew the token behind them first, when that is about to end', async () => {
    standIn.settings.tokenSeconds = 60;
    await signIn();
    standIn.settings.tokenSeconds = 8 * 3600;
    const { provider } = await open('lake-dev');
    await provider();
    expect(standIn.calls.slice(-2)).toEqual(['CreateToken refresh_token', 'GetRoleCredentials 111111111111/DataAdmin']);
  });

  it('say whom to ask when the permission set is not assigned', async () => {
    await signIn();
    const { provider } = await open('owner');
    await expect(provider()).rejects.toMatchObject({
      code: 'ACCESS_DENIED', exitCode: 3, message: expect.stringContaining('no access to the permission set "Owner" in account 111111111111') as string, cause: expect.objectContaining({ name: 'ForbiddenException' }) as Error,
    });
  });

  it('name the command when there is no token, an old one, or AWS takes it no more; a refusal is not kept', async () => {
    const { provider } = await open('lake-dev');
    await expect(provider()).rejects.toMatchObject({ code: 'LOGIN_NEEDED', hint: 'run `dlp login --env dev`' });
    await signIn();
    await expect(provider()).resolves.toMatchObject({ accessKeyId: '111111111111' });
    const later = await open('lake-dev');
    standIn.revokeAll();
    await expect(later.provider()).rejects.toMatchObject({ code: 'LOGIN_NEEDED', message: expect.stringContaining('no longer accepts') as string });
    await writeToken(session, { accessToken: 'x', expiresAt: '2020-01-01T00:00:00Z' });
    await expect(later.provider()).rejects.toMatchObject({ code: 'LOGIN_NEEDED', message: expect.stringContaining('ended at 2020-01-01T00:00:00Z') as string });
    expect(tokenFile(session)).toContain(home);
  });

  it('end with what is wrong in the configuration when they are used, not before', async () => {
    const { provider, source } = await open('not-here');
    expect(source.kind).toBe('none');
    await expect(provider()).rejects.toMatchObject({ code: 'CREDENTIALS_MISSING', message: expect.stringContaining('profile "not-here" of dev is not in') as string });
  });

  it('take keys from the variables even when AWS_PROFILE names something else', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: '333333333333', AWS_SECRET_ACCESS_KEY: 'x', AWS_PROFILE: 'lake-dev' });
    const { provider, source } = await openAs({ profile: 'not-here' });
    expect(source.kind).toBe('environment keys');
    await expect(provider()).resolves.toMatchObject({ accessKeyId: '333333333333' });
  });
});

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromIni, fromSSO } from '@aws-sdk/credential-providers';
import { execa } from 'execa';
import { IdentityCenter } from '../../../src/aws/sso/sign-in.js';
import { readToken, tokenFile, writeToken } from '../../../src/aws/sso/token-cache.js';
import { DEFAULT_SCOPES, type SsoSession, type SsoToken } from '../../../src/core/sso.js';
import { recorder } from '../../support/fakes.js';
import { foreignToken, startIdentityCenter, type IdentityCenterStandIn } from '../../support/identity-center.js';

const DIRECT = { device: false, openBrowser: false };
const DEVICE = { device: true, openBrowser: false };
const hint = 'run `dlp login --env dev`';

describe('signing in to IAM Identity Center', () => {
  let standIn: IdentityCenterStandIn;
  let home: string;
  let config: string;
  let session: SsoSession;
  let legacy: SsoSession;
  const before = { ...process.env };
  const slept: number[] = [];
  /** What the notice says is opened, as a person would. */
  const browsing = () => {
    const said = recorder();
    const pages: Promise<{ status: number; text: string }>[] = [];
    return {
      ...said, pages,
      emit: (event: Parameters<typeof said.emit>[0]) => {
        said.emit(event);
        const url = event.type === 'notice' ? /http:\S+/.exec(event.text)?.[0] : undefined;
        if (url) pages.push(fetch(url).then(async (response) => ({ status: response.status, text: await response.text() })));
      },
    };
  };
  const center = () => new IdentityCenter({ sleep: async (ms) => { slept.push(ms / 1_000); } });
  const signedIn = async (way = DIRECT, of = session) => {
    const { emit } = browsing();
    return center().ensure(of, { person: way, emit, hint });
  };

  beforeEach(async () => {
    standIn = await startIdentityCenter();
    home = await mkdtemp(path.join(tmpdir(), 'dlp-sso-'));
    config = path.join(home, 'config');
    slept.length = 0;
    Object.assign(process.env, { HOME: home, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'none'), AWS_ENDPOINT_URL_SSO_OIDC: standIn.url, AWS_ENDPOINT_URL_SSO: standIn.url });
    session = { name: 'lake', startUrl: standIn.startUrl, region: 'eu-west-1', scopes: DEFAULT_SCOPES };
    legacy = { ...session, name: null };
    const role = 'sso_account_id = 111111111111\nsso_role_name = DataAdmin\nregion = eu-west-2\n';
    await writeFile(config, `[profile modern]\nsso_session = lake\n${role}\n[sso-session lake]\nsso_start_url = ${standIn.startUrl}\nsso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n
[profile old]\nsso_start_url = ${standIn.startUrl}\nsso_region = eu-west-1\n${role}`);
  });
  afterEach(async () => {
    process.env = { ...before };
    await standIn.close();
    await rm(home, { recursive: true, force: true });
  });

  it('takes the code of the browser, proven by PKCE, and writes the file of the AWS CLI', async () => {
    const { emit, pages, events } = browsing();
    const ensured = await center().ensure(session, { person: DIRECT, emit, hint });
    expect(ensured).toMatchObject({ state: 'ok', did: 'signed in' });
    expect(standIn.calls).toEqual(['RegisterClient', 'Authorize', 'CreateToken authorization_code']);
    expect((await pages[0])!.text).toContain('You can close this window');
    // `printf lake | sha1sum`: the AWS CLI names the file of a session so.
    const file = path.join(home, '.aws/sso/cache/f3c45b69bb63a924e785d3c14c0ba893c30846d1.json');
    const written = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    expect(Object.keys(written).sort()).toEqual(['accessToken', 'clientId', 'clientSecret', 'expiresAt', 'refreshToken', 'region', 'registrationExpiresAt', 'startUrl']);
    expect(written).toMatchObject({ startUrl: standIn.startUrl, region: 'eu-west-1' });
    expect(written['expiresAt']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(JSON.stringify(events)).not.toContain('CANARY');
  });

  it('names the file of a legacy profile by its start URL', () => {
    expect(path.basename(tokenFile({ ...legacy, startUrl: 'https://my-sso.awsapps.com/start' }))).toBe('a00fce5cb007c23a469c136160398db65edcb180.json');
  });

  it('keeps tokens from everybody else', async () => {
    await signedIn();
    expect((await stat(tokenFile(session))).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(tokenFile(session)))).mode & 0o777).toBe(0o700);
    // A file that was open to others is replaced by one that is not.
    await chmod(tokenFile(session), 0o644);
    await center().ensure(session, { person: DIRECT, emit: browsing().emit, hint, force: true });
    expect((await stat(tokenFile(session))).mode & 0o777).toBe(0o600);
  });

  it('never lets a reader see half a token, and leaves nothing when it cannot write', async () => {
    await signedIn();
    const token = (await readToken(session))!;
    const long = { ...token, accessToken: 'x'.repeat(2_000_000) };
    const now = { writing: true };
    const writer = (async () => { for (let i = 0; i < 20; i += 1) await writeToken(session, i % 2 ? token : long); now.writing = false; })();
    const lengths = new Set<number>();
    while (now.writing) lengths.add((JSON.parse(await readFile(tokenFile(session), 'utf8')) as SsoToken).accessToken.length);
    await writer;
    expect([...lengths].every((length) => length === 2_000_000 || length === token.accessToken.length)).toBe(true);
    expect(await readdir(path.dirname(tokenFile(session)))).toEqual([path.basename(tokenFile(session))]);
    // A directory in the place of the file: the rename fails.
    await rm(tokenFile(session));
    await mkdir(path.join(tokenFile(session), 'in-the-way'), { recursive: true });
    await expect(writeToken(session, token)).rejects.toMatchObject({ code: 'LOGIN_FAILED', message: expect.not.stringContaining('CANARY') as string });
    expect(await readdir(path.dirname(tokenFile(session)))).toEqual([path.basename(tokenFile(session))]);
  });

  it('polls for a device as often as it is told, and slower when it is told so', async () => {
    standIn.settings.tokenErrors = ['authorization_pending', 'slow_down', 'authorization_pending', 'slow_down'];
    const { emit, events } = recorder();
    const ensured = await center().ensure(session, { person: DEVICE, emit, hint });
    expect(ensured).toMatchObject({ state: 'ok', did: 'signed in' });
    expect(slept).toEqual([1, 1, 6, 6, 11]);
    expect(events).toContainEqual({ type: 'notice', text: expect.stringMatching(/WDJB-MJHT[^]*https:\/\/device\.sso\.example\.com\/\?user_code=WDJB-MJHT/) as string });
  });

  it.each([
    ['access_denied', DEVICE, 'ABORTED', 4],
    ['expired_token', DEVICE, 'LOGIN_FAILED', 3],
    ['invalid_grant', DIRECT, 'LOGIN_FAILED', 3],
    ['invalid_client', DIRECT, 'LOGIN_FAILED', 3],
  ])('ends when AWS answers %s, and writes nothing', async (error, way, code, exitCode) => {
    standIn.settings.tokenErrors = [error];
    await expect(signedIn(way)).rejects.toMatchObject({ code, exitCode });
    expect(await readToken(session)).toBeUndefined();
  });

  it('stops polling when the device code has run out', async () => {
    Object.assign(standIn.settings, { person: 'waits', deviceSeconds: 0 });
    await expect(signedIn(DEVICE)).rejects.toMatchObject({ code: 'LOGIN_FAILED', message: 'the code was not confirmed in time' });
  });

  it('ends when the person refuses in the browser', async () => {
    standIn.settings.person = 'refuses';
    const { emit, pages } = browsing();
    await expect(center().ensure(session, { person: DIRECT, emit, hint })).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await pages[0])!.text).toContain('Not signed in');
  });

  it('takes no code that comes with another state, from another page or for another name', async () => {
    standIn.settings.person = 'waits';
    const said = recorder();
    const done = center().ensure(session, { person: DIRECT, emit: said.emit, hint });
    const url = await new Promise<URL>((resolve) => {
      const timer = setInterval(() => {
        const notice = said.events.find((event) => event.type === 'notice');
        if (notice?.type === 'notice') { clearInterval(timer); resolve(new URL(/http:\S+/.exec(notice.text)![0])); }
      }, 5);
    });
    const redirect = url.searchParams.get('redirect_uri')!;
    const state = url.searchParams.get('state')!;
    expect(redirect).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/);
    expect((await fetch(`${redirect}?code=stolen&state=guessed`)).status).toBe(400);
    expect((await fetch(`${redirect}?error=access_denied&state=guessed`)).status).toBe(400);
    expect((await fetch(`${redirect}?state=${state}`)).status).toBe(400);
    expect((await fetch(new URL('/favicon.ico', redirect))).status).toBe(404);
    expect((await fetch(redirect.replace('127.0.0.1', 'localhost') + `?code=stolen&state=${state}`)).status).toBe(404);
    expect((await fetch(`${redirect}?code=stolen&state=${state}`, { method: 'POST' })).status).toBe(404);
    standIn.settings.person = 'grants';
    await fetch(url);
    await expect(done).resolves.toMatchObject({ did: 'signed in' });
  });

  it('says where to go when no browser can be opened', async () => {
    const { emit, events } = browsing();
    await new IdentityCenter({ openUrl: async () => { throw new Error('spawn ENOENT'); } }).ensure(session, { person: { device: false, openBrowser: true }, emit, hint });
    expect(events.filter((event) => event.type === 'notice')).toEqual([
      { type: 'notice', text: expect.stringContaining(`${standIn.url}/authorize?`) as string },
      { type: 'notice', text: expect.stringContaining('open the address yourself') as string },
    ]);
  });

  describe('the file', () => {
    it('is read by the AWS SDK: sso-session, legacy, and without a profile', async () => {
      await signedIn();
      await signedIn(DEVICE, legacy);
      const expected = { accessKeyId: '111111111111', secretAccessKey: expect.stringContaining('CANARY') as string, sessionToken: expect.stringContaining('CANARY') as string };
      await expect(fromIni({ profile: 'modern' })()).resolves.toMatchObject(expected);
      await expect(fromSSO({ profile: 'modern' })()).resolves.toMatchObject(expected);
      await expect(fromIni({ profile: 'old' })()).resolves.toMatchObject(expected);
      await expect(fromSSO({ ssoStartUrl: standIn.startUrl, ssoRegion: 'eu-west-1', ssoAccountId: '111111111111', ssoRoleName: 'DataAdmin' })()).resolves.toMatchObject(expected);
    });

    it('is refreshed by the AWS SDK, and dlp goes on with what that wrote', async () => {
      standIn.settings.tokenSeconds = 60;
      await signedIn();
      const first = (await readToken(session))!.accessToken;
      standIn.settings.tokenSeconds = 8 * 3600;
      await fromIni({ profile: 'modern' })();
      expect(standIn.calls).toContain('CreateToken refresh_token');
      const second = (await readToken(session))!;
      expect(second.accessToken).not.toBe(first);
      await expect(center().refresh(session)).resolves.toMatchObject({ state: 'ok', did: 'nothing' });
    });

    it('is used by the AWS CLI: sso-session and legacy', async () => {
      const aws = path.resolve(import.meta.dirname, '../../../.dlp/peers/bin/aws');
      await stat(aws).catch(() => { throw new Error(`${aws} is missing: npm test installs it`); });
      await signedIn();
      await signedIn(DEVICE, legacy);
      for (const profile of ['modern', 'old']) {
        const { stdout } = await execa(aws, ['configure', 'list', '--profile', profile], { env: { ...process.env, COLUMNS: '200' }, extendEnv: false });
        expect(stdout).toMatch(/access_key +\*+1111 +sso/);
      }
    });
  });

  describe('a token that is about to end', () => {
    beforeEach(() => { standIn.settings.tokenSeconds = 10 * 60; });

    it('is refreshed without a person; the refresh token that came with it is kept', async () => {
      await signedIn();
      const first = (await readToken(session))!;
      standIn.settings.tokenSeconds = 8 * 3600;
      await expect(center().ensure(session, { person: undefined, emit: recorder().emit, hint })).resolves.toMatchObject({ state: 'ok', did: 'refreshed' });
      const second = (await readToken(session))!;
      expect(second.accessToken).not.toBe(first.accessToken);
      expect(second.refreshToken).not.toBe(first.refreshToken);
      expect(second).toMatchObject({ clientId: first.clientId, registrationExpiresAt: first.registrationExpiresAt });
    });

    it('is refreshed once when several ask at the same time', async () => {
      await signedIn();
      standIn.settings.tokenSeconds = 8 * 3600;
      await Promise.all([center().refresh(session), center().refresh(session), center().refresh(session)]);
      expect(standIn.calls.filter((call) => call === 'CreateToken refresh_token')).toHaveLength(1);
    });

    it('asks a person when there is no refresh token, or it is no longer good', async () => {
      standIn.settings.refreshable = false;
      await signedIn();
      standIn.settings.refreshable = true;
      await expect(signedIn()).resolves.toMatchObject({ did: 'signed in' });
      standIn.revokeAll();
      await expect(signedIn()).resolves.toMatchObject({ did: 'signed in' });
    });

    it('is used with a warning where nobody can be asked', async () => {
      standIn.settings.refreshable = false;
      await signedIn();
      const { emit, events } = recorder();
      await expect(center().ensure(session, { person: undefined, emit, hint })).resolves.toMatchObject({ state: 'ending', did: 'nothing' });
      expect(events).toEqual([{ type: 'warning', text: expect.stringContaining('`dlp login --env dev`') as string }]);
    });
  });

  it('is one clear error where nobody can be asked and nobody is signed in', async () => {
    await expect(center().ensure(session, { person: undefined, emit: recorder().emit, hint })).rejects.toMatchObject({
      code: 'LOGIN_NEEDED', exitCode: 3, message: `nobody is signed in to ${standIn.startUrl}`, hint: 'run `dlp login --env dev`',
    });
    expect(standIn.calls).toEqual([]);
  });

  it('never uses the token of another session', async () => {
    await mkdir(path.dirname(tokenFile(session)), { recursive: true });
    await writeFile(tokenFile(session), JSON.stringify(foreignToken()));
    await expect(center().status(session)).resolves.toEqual({ state: 'missing', expiresAt: null });
    // That of the legacy profile is another file, even for the same start URL.
    await signedIn(DIRECT, legacy);
    await expect(center().status(session)).resolves.toMatchObject({ state: 'missing' });
    await expect(center().status(legacy)).resolves.toMatchObject({ state: 'ok' });
  });

  it('has one person sign in once when two environments of a session want it at the same time', async () => {
    const { emit } = browsing();
    const both = await Promise.all([center().ensure(session, { person: DIRECT, emit, hint }), center().ensure(session, { person: DIRECT, emit, hint })]);
    expect(both.map(({ did }) => did)).toEqual(['signed in', 'nothing']);
    expect(standIn.calls.filter((call) => call === 'Authorize')).toHaveLength(1);
  });
});

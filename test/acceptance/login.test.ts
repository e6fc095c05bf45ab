import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { startIdentityCenter, type IdentityCenterStandIn } from '../support/identity-center.js';
import { caseNames, createAwsSandbox, dlp, dlpJson, inTerminal, ROOT, runCase, type Sandbox } from './harness.js';

const SUPPORT = path.join(ROOT, 'test/support');

/** Environments reached by SSO, against a stand-in of IAM Identity Center; cases build on each other, in the order of their names. */
describe('signing in', () => {
  let sandbox: Sandbox & { readonly proxy: { takeWrites(): string[] } };
  let centre: IdentityCenterStandIn;
  const cache = () => path.join(sandbox.directory, '.aws/sso/cache');

  beforeAll(async () => {
    centre = await startIdentityCenter();
    const plain = await createAwsSandbox();
    const role = (account: string, name = 'DataAdmin') => `sso_account_id = ${account}\nsso_role_name = ${name}\nregion = eu-west-2\n`;
    const legacy = `sso_start_url = ${centre.startUrl}\nsso_region = eu-west-1\n`;
    await writeFile(plain.env['AWS_CONFIG_FILE']!, [
      `[profile lake-dev]\nsso_session = lake\n${role('111111111111')}`,
      `[profile lake-test]\n${legacy}${role('222222222222')}`,
      '[profile lake-prod]\naws_access_key_id = 333333333333\naws_secret_access_key = secret\nregion = eu-west-2\n',
      `[profile lake-other]\nsso_session = lake\n${role('999999999999')}`,
      `[profile lake-noaccess]\nsso_session = lake\n${role('111111111111', 'Owner')}`,
      `[profile lake-broken]\nsso_session = nowhere\n${role('111111111111')}`,
      `[sso-session lake]\n${legacy}sso_registration_scopes = sso:account:access\n`,
    ].join('\n'));
    sandbox = {
      ...plain,
      env: {
        ...plain.env, HOME: plain.directory, SUPPORT, CENTRE: centre.url, START_URL: centre.startUrl,
        AWS_ENDPOINT_URL_SSO_OIDC: centre.url, AWS_ENDPOINT_URL_SSO: centre.url,
        PATH: `${path.join(ROOT, '.dlp/peers/bin')}:${path.join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
      },
    };
    const up = await dlp(sandbox.workspace, ['local', 'up'], sandbox);
    if (up.exitCode !== 0) throw new Error(up.stderr);
  }, 120_000);

  afterAll(async () => {
    await dlp(sandbox.workspace, ['local', 'down'], sandbox);
    await centre.close();
    await sandbox.dispose();
  }, 60_000);

  it.each(caseNames('login'))('%s', (name) => runCase('login', name, sandbox), 120_000);

  it('happens by itself on a terminal, before a command that needs it', async () => {
    await signOut();
    const browser = { BROWSER: path.join(sandbox.directory, 'browser') };
    await writeFile(browser.BROWSER, `#!/bin/sh\nexec "${process.execPath}" "${SUPPORT}/browse.mjs" "$1"\n`, { mode: 0o755 });
    const { exitCode, screen } = await inTerminal({ ...sandbox, env: { ...sandbox.env, ...browser } }, [['(y/N)', 'y\r']], ['bootstrap', '--env', 'dev']);
    const text = stripVTControlCharacters(screen);
    expect(text).toContain(`signing in to ${centre.startUrl} in the browser; if none opens here, open this address:`);
    expect(text).toMatch(/✔ wait for the sign-in/);
    expect(text).toContain('111111111111/eu-west-2: bootstrapped');
    expect(exitCode).toBe(0);
    // The next command finds the token.
    expect((await dlp(sandbox.workspace, ['bootstrap', '--env', 'dev'], sandbox)).exitCode).toBe(0);
  });

  it('on a terminal, too, takes a no for a no', async () => {
    await signOut();
    centre.settings.person = 'refuses';
    const browser = { BROWSER: path.join(sandbox.directory, 'browser') };
    const { exitCode, screen } = await inTerminal({ ...sandbox, env: { ...sandbox.env, ...browser } }, [], ['deploy', '--env', 'dev']);
    centre.settings.person = 'grants';
    expect(screen).toContain('[ABORTED]');
    expect(exitCode).toBe(4);
  });

  it('renews during a command a token that would end, also of a legacy profile, which the AWS SDK never does', async () => {
    centre.settings.tokenSeconds = 60;
    await dlp(sandbox.workspace, ['login', '--env', 'test', '--device', '--no-browser', '--force'], sandbox);
    centre.settings.tokenSeconds = 8 * 3600;
    const asked = centre.calls.length;
    const { environments } = await dlpJson<{ environments: { did: string; account: string }[] }>(sandbox.workspace, ['login', '--env', 'test'], sandbox);
    expect(environments).toMatchObject([{ did: 'refreshed', account: '222222222222' }]);
    expect(centre.calls.slice(asked)).toEqual(['CreateToken refresh_token', 'GetRoleCredentials 222222222222/DataAdmin']);
  });

  it('shows no secret anywhere, not even with DEBUG=*, and writes role credentials nowhere', async () => {
    await signOut();
    const shown: string[] = [];
    for (const args of [['login', '--env', 'dev', '--device', '--no-browser'], ['login', '--status'], ['login', '--status', '--json'], ['bootstrap', '--env', 'dev'], ['query', 'select 1', '--env', 'dev', '--profile', 'lake-noaccess'], ['deploy', '--env', 'dev', '--profile', 'lake-other']]) {
      const { stdout, stderr } = await dlp(sandbox.workspace, args, { env: { ...sandbox.env, DEBUG: '*' } });
      shown.push(stdout, stderr);
    }
    centre.revokeAll();
    const failed = await dlp(sandbox.workspace, ['query', 'select 1', '--env', 'dev'], { env: { ...sandbox.env, DEBUG: '*' } });
    expect(failed.stderr).toContain('LOGIN_NEEDED');
    shown.push(failed.stdout, failed.stderr);
    expect(centre.secrets.length).toBeGreaterThan(5);
    expect(shown.join('\n')).not.toContain('CANARY');
    const tokens = await readdir(cache());
    expect(tokens.every((name) => /^[0-9a-f]{40}\.json$/.test(name))).toBe(true);
    const everything = await readdir(sandbox.directory, { recursive: true, withFileTypes: true });
    for (const entry of everything.filter((found) => found.isFile() && found.parentPath !== cache())) {
      const file = path.join(entry.parentPath, entry.name);
      if ((await readFile(file)).includes('CANARY')) throw new Error(`a secret is in ${file}`);
    }
    for (const name of tokens) expect(await readFile(path.join(cache(), name), 'utf8')).not.toMatch(/CANARY-(secret-key|session-token|code|device-code)/);
  }, 120_000);

  async function signOut(): Promise<void> {
    await rm(cache(), { recursive: true, force: true });
  }
});

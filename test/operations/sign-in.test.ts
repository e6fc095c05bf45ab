import type { CredentialSource } from '../../src/core/credentials.js';
import { DlpError } from '../../src/core/errors.js';
import type { Identity } from '../../src/core/ports.js';
import type { Ensured, EnsureOptions, SsoSession, SsoSignIn } from '../../src/core/sso.js';
import { readSignIns, signIn, type SignInAccount } from '../../src/operations/sign-in.js';
import { environment, identity, recorder } from '../support/fakes.js';

const session: SsoSession = { name: 'lake', startUrl: 'https://lake.example.com/start', region: 'eu-west-1', scopes: [] };
const SSO: CredentialSource = { kind: 'sso session', text: 'of profile "lake-dev"', profile: 'lake-dev', sso: session, account: '111111111111', role: 'DataAdmin' };
const KEYS: CredentialSource = { kind: 'environment keys', text: 'in AWS_ACCESS_KEY_ID', profile: null, sso: null, account: null, role: null };
const LATER = '2099-01-01T00:00:00Z';

class FakeSignIn implements SsoSignIn {
  readonly asked: EnsureOptions[] = [];
  private readonly found: Ensured;

  constructor(found: Ensured = { state: 'ok', expiresAt: LATER, did: 'nothing' }) {
    this.found = found;
  }

  status: SsoSignIn['status'] = async () => this.found;
  refresh: SsoSignIn['refresh'] = async () => this.found;
  ensure: SsoSignIn['ensure'] = async (_, options) => {
    this.asked.push(options);
    return options.force ? { state: 'ok', expiresAt: LATER, did: 'signed in' } : this.found;
  };
}

const failing = (...errors: (Error | undefined)[]): Identity => ({
  caller: async () => {
    const error = errors.shift();
    if (error) throw error;
    return { account: '111111111111', arn: 'arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_DataAdmin_0123456789abcdef/jo' };
  },
});
const account = (source: CredentialSource, who: Identity, sso: SsoSignIn = new FakeSignIn(), name: 'dev' | 'local' = 'dev'): SignInAccount => ({ environment: environment(name), open: async () => ({ source, identity: who, sso }) });
const input = (of: SignInAccount, force = false) => ({ account: of, person: { device: false, openBrowser: true }, force, emit: recorder().emit });

describe('signing in', () => {
  it('says who it is afterwards', async () => {
    const { environments } = await signIn(input(account(SSO, failing())));
    expect(environments).toEqual([{
      environment: 'dev', profile: 'lake-dev', credentials: 'sso session', startUrl: session.startUrl, session: 'lake', expectedAccount: '111111111111', account: '111111111111',
      role: 'DataAdmin', arn: expect.stringContaining('AWSReservedSSO') as string, expiresAt: LATER, state: 'ok', did: 'nothing', note: null,
    }]);
  });

  it('opens no browser for a profile that is of another account', async () => {
    const sso = new FakeSignIn();
    await expect(signIn(input(account({ ...SSO, account: '999999999999' }, failing(), sso)))).rejects.toMatchObject({ code: 'WRONG_ACCOUNT', exitCode: 2, message: 'the credentials of profile "lake-dev" belong to account 999999999999 (permission set DataAdmin), but dev is account 111111111111' });
    expect(sso.asked).toEqual([]);
  });

  it('ends with WRONG_ACCOUNT when AWS answers with another, and says which credentials', async () => {
    const other: Identity = { caller: async () => ({ account: '999999999999', arn: 'arn', credentials: KEYS.text }) };
    await expect(signIn(input(account(KEYS, other)))).rejects.toMatchObject({ code: 'WRONG_ACCOUNT', message: expect.stringContaining('the credentials in AWS_ACCESS_KEY_ID belong to account 999999999999') as string });
  });

  it('signs in again when AWS no longer takes a token that looked good, once', async () => {
    const sso = new FakeSignIn();
    const { environments } = await signIn(input(account(SSO, failing(new DlpError('LOGIN_NEEDED', 'withdrawn')), sso)));
    expect(environments[0]).toMatchObject({ state: 'ok', did: 'signed in' });
    expect(sso.asked.map(({ force }) => force)).toEqual([false, true]);
    await expect(signIn(input(account(SSO, failing(new DlpError('LOGIN_NEEDED', 'withdrawn'), new DlpError('LOGIN_NEEDED', 'again')))))).rejects.toThrow('again');
  });

  it('has nothing to sign in to with keys, and says so', async () => {
    const sso = new FakeSignIn();
    const { environments } = await signIn(input(account(KEYS, identity('111111111111'), sso)));
    expect(environments[0]).toMatchObject({ credentials: 'environment keys', state: 'ok', note: 'there is nothing to sign in to' });
    expect(sso.asked).toEqual([]);
  });
});

describe('the status of signing in', () => {
  const named = (name: string) => Object.assign(new Error(name), { name, $metadata: {} });
  it.each([
    ['ok', account(SSO, identity('111111111111'))],
    ['wrong account', account(KEYS, identity('999999999999'))],
    ['missing', account(SSO, failing(new Error('not asked')), new FakeSignIn({ state: 'missing', expiresAt: null, did: 'nothing' }))],
    ['expired', account(SSO, failing(new Error('not asked')), new FakeSignIn({ state: 'expired', expiresAt: '2020-01-01T00:00:00Z', did: 'nothing' }))],
    ['expired', account(KEYS, failing(named('ExpiredToken')))],
    ['missing', account(KEYS, failing(named('CredentialsProviderError')))],
    ['refused', account(SSO, failing(new DlpError('ACCESS_DENIED', 'no access')))],
    ['unknown', account(KEYS, failing(Object.assign(new Error('x'), { code: 'ENOTFOUND' })))],
    ['missing', { environment: environment('dev'), open: async () => { throw new DlpError('PROFILE_INVALID', 'x'); } }],
  ])('is %s', async (state, of) => {
    expect((await readSignIns([of])).environments).toMatchObject([{ environment: 'dev', state }]);
  });

  it('looks at every environment, whatever one of them says', async () => {
    const { environments } = await readSignIns([account(SSO, failing(named('AccessDenied'))), account({ ...KEYS, kind: 'local' }, failing(new Error('not asked')), undefined, 'local'), account(KEYS, identity('111111111111'))]);
    expect(environments.map(({ state }) => state)).toEqual(['refused', 'ok', 'ok']);
  });

  it('hides no mistake of ours', async () => {
    await expect(readSignIns([account(KEYS, failing(new TypeError('x is undefined')))])).rejects.toThrow('x is undefined');
  });
});

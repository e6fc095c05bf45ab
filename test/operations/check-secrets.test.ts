import { checkSecrets, checkSecretsOfAccount } from '../../src/operations/check-secrets.js';
import { FakeSecretStore, LAKE_KEY, stored } from '../support/fake-secret-store.js';
import { environment, identity, stacks } from '../support/fakes.js';

const now = new Date('2026-11-24T12:00:00.000Z');
const dev = environment('dev', { secrets: { token: { description: 'd', maxAgeDays: 10 } } });
const check = (secret: ReturnType<typeof stored> | undefined, keyArn?: string) =>
  checkSecrets({ environment: dev, secrets: new FakeSecretStore(secret ? { 'dlp/dev/token': secret } : {}), now, ...(keyArn !== undefined && { keyArn }) });

describe('checkSecrets', () => {
  it.each([
    ['set', stored({ setAt: '2026-11-24T11:00:00.000Z' }), 'set', 0],
    ['set on the last day that it may be', stored({ setAt: '2026-11-14T12:00:00.000Z' }), 'set', 10],
    ['older by a second', stored({ setAt: '2026-11-14T11:59:59.000Z' }), 'old', 10],
    ['much older', stored({ setAt: '2026-01-01T00:00:00.000Z' }), 'old', 327],
    ['not there', undefined, 'missing', null],
    ['there without a value', stored({ setAt: undefined }), 'missing', null],
    ['in its deletion window', stored({ setAt: undefined, deletesAt: '2026-12-01T00:00:00.000Z' }), 'deleting', null],
    ['set by a clock that is ahead', stored({ setAt: '2026-11-24T12:00:01.000Z' }), 'set', 0],
  ])('of a secret that is %s', async (_, secret, state, ageDays) => {
    const { secrets, inOrder } = await check(secret);
    expect(secrets).toEqual([{ name: 'token', id: 'dlp/dev/token', state, setAt: ageDays === null ? null : secret?.setAt, ageDays, maxAgeDays: 10, deletesAt: secret?.deletesAt ?? null, underLakeKey: null }]);
    expect(inOrder).toBe(state === 'set');
  });

  it('says whether it is under the key of the lake, where that is known; another key is still in order', async () => {
    expect((await check(stored({ setAt: now.toISOString() }), LAKE_KEY)).secrets[0]!.underLakeKey).toBe(true);
    expect(await check(stored({ setAt: now.toISOString(), key: undefined }), LAKE_KEY)).toMatchObject({ inOrder: true, secrets: [{ underLakeKey: false }] });
  });

  it('names what is not declared, and takes it for no mistake', async () => {
    const secrets = new FakeSecretStore({ 'dlp/dev/token': stored({ setAt: now.toISOString() }), 'dlp/dev/old': stored(), 'dlp/dev/gone': stored({ deletesAt: 'soon' }), 'dlp/test/token': stored() });
    expect(await checkSecrets({ environment: dev, secrets, now })).toMatchObject({ inOrder: true, undeclared: [{ id: 'dlp/dev/old', deleting: false }, { id: 'dlp/dev/gone', deleting: true }] });
  });

  it('refuses the wrong account: it would tell of the wrong secrets', async () => {
    const input = { environment: dev, secrets: new FakeSecretStore(), now, stacks: stacks({ S3BucketZones: { DataKeyArn: LAKE_KEY } }) };
    await expect(checkSecretsOfAccount({ ...input, identity: identity('999999999999') })).rejects.toMatchObject({ code: 'WRONG_ACCOUNT' });
    expect((await checkSecretsOfAccount({ ...input, identity: identity('111111111111') })).inOrder).toBe(false);
  });
});

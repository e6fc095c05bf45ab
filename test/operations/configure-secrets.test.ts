import { SecretValue } from '../../src/core/secret-value.js';
import type { StoredSecret } from '../../src/core/secrets.js';
import { configureSecrets, type ConfigureSecretsInput } from '../../src/operations/configure-secrets.js';
import { FakeSecretStore, LAKE_KEY, stored } from '../support/fake-secret-store.js';
import { environment, identity, recorder, stacks } from '../support/fakes.js';

const declared = { secrets: { 'github-token': { description: 'reads the repositories' }, 'slack-webhook': { description: 'tells people' } }, tags: { Owner: 'us' } };
const lake = stacks({ S3BucketZones: { DataKeyArn: LAKE_KEY } });
const never = async () => { throw new Error('must not be asked'); };

function given(values: Readonly<Record<string, string>>, { name = 'dev', there = {}, ...extra }: Partial<ConfigureSecretsInput> & { name?: 'dev' | 'test' | 'prod' | 'local'; there?: Record<string, StoredSecret> } = {}) {
  const secrets = new FakeSecretStore(there);
  const { emit, events } = recorder();
  const settings = environment(name, declared);
  const input: ConfigureSecretsInput = {
    environment: settings, identity: identity(settings.account), stacks: lake, names: Object.keys(declared.secrets), approve: never, emit,
    ask: async ({ name: secret }) => (values[secret] === undefined ? undefined : SecretValue.ofText(secret, values[secret])), ...extra, secrets,
  };
  return { input, secrets, events };
}
const tags = { Owner: 'us', Project: 'lake', Environment: 'dev', ManagedBy: 'dlp' };

describe('configureSecrets', () => {
  it('creates what is missing, under the key of the lake, with its tags', async () => {
    const { input, secrets } = given({ 'github-token': 'one' });
    expect(await configureSecrets(input)).toEqual({ environment: 'dev', secrets: [
      { name: 'github-token', id: 'dlp/dev/github-token', done: ['create'], missing: false },
      { name: 'slack-webhook', id: 'dlp/dev/slack-webhook', done: [], missing: true },
    ] });
    expect(secrets.writes).toEqual([['create', 'dlp/dev/github-token', { description: 'reads the repositories', keyArn: LAKE_KEY, tags, value: 'one' }]]);
  });

  it('changes only what differs', async () => {
    const { input, secrets } = given({ 'slack-webhook': 'two' }, { there: { 'dlp/dev/github-token': stored({ tags }), 'dlp/dev/slack-webhook': stored({ tags, description: 'tells people' }) } });
    await configureSecrets(input);
    expect(secrets.writes).toEqual([['update', 'dlp/dev/slack-webhook', { value: 'two' }]]);
  });

  it('restores, then sets value, key and description in one call, then tags', async () => {
    const { input, secrets } = given({ 'github-token': 'three' }, { names: ['github-token'], there: { 'dlp/dev/github-token': stored({ key: 'alias/x', description: 'old', tags: {}, setAt: undefined, deletesAt: '2026-12-24T00:00:00.000Z' }) } });
    await configureSecrets(input);
    expect(secrets.writes).toEqual([
      ['restore', 'dlp/dev/github-token'],
      ['update', 'dlp/dev/github-token', { value: 'three', keyArn: LAKE_KEY, description: 'reads the repositories' }],
      ['tag', 'dlp/dev/github-token', tags],
    ]);
  });

  it('shows what it will do before it does it, without a value', async () => {
    const { input, secrets, events } = given({ 'github-token': 'hunter2' }, { emit: (event) => { events.push(event); if (event.type === 'plan') expect(secrets.writes).toEqual([]); } });
    await configureSecrets(input);
    expect(events[0]).toEqual({ type: 'plan', lines: ['to be done:', '  + dlp/dev/github-token: create', '    dlp/dev/slack-webhook: left as it is'] });
    expect(JSON.stringify(events)).not.toContain('hunter2');
    expect(secrets.writes).toHaveLength(1);
  });

  it('asks for approval in test and prod only, and never when there is nothing to do', async () => {
    for (const name of ['test', 'prod'] as const) {
      const asked: number[] = [];
      const refused = given({ 'github-token': 'x' }, { name, approve: async (writes) => { asked.push(writes); return false; } });
      await expect(configureSecrets(refused.input)).rejects.toMatchObject({ code: 'ABORTED', exitCode: 4 });
      expect(asked).toEqual([1]);
      expect(refused.secrets.writes).toEqual([]);
      await configureSecrets(given({}, { name }).input);
      const granted = given({ 'github-token': 'x' }, { name, approve: async () => true });
      await configureSecrets(granted.input);
      expect(granted.secrets.writes).toHaveLength(1);
    }
    await configureSecrets(given({ 'github-token': 'x' }, { name: 'local' }).input);
  });

  it('refuses the wrong account before it asks for a value', async () => {
    const { input, secrets } = given({}, { identity: identity('999999999999'), ask: never });
    await expect(configureSecrets(input)).rejects.toMatchObject({ code: 'WRONG_ACCOUNT' });
    expect(secrets.writes).toEqual([]);
  });

  it('says what to deploy first when there is no key, before it asks for a value', async () => {
    const { input } = given({}, { stacks: stacks({}), ask: never });
    await expect(configureSecrets(input)).rejects.toMatchObject({ code: 'LAKE_NOT_DEPLOYED', hint: expect.stringContaining('dlp deploy --env dev S3BucketZones') });
  });

  it('needs nothing of AWS when nothing is declared', async () => {
    expect(await configureSecrets(given({}, { names: [], identity: { caller: never } }).input)).toEqual({ environment: 'dev', secrets: [] });
  });

  it('stops at the first failure, and says what was written before it', async () => {
    const { input, secrets } = given({ 'github-token': 'hunter2', 'slack-webhook': 'hunter3' });
    secrets.failOn = 'dlp/dev/slack-webhook';
    const error = await configureSecrets(input).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', exitCode: 3, message: expect.stringContaining('dlp/dev/slack-webhook'), hint: 'written before it: github-token', details: { failed: 'slack-webhook', written: ['github-token'] } });
    expect(secrets.writes).toHaveLength(1);
  });
});

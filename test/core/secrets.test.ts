import { SecretValue } from '../../src/core/secret-value.js';
import { isUnderKey, planSecret, secretId } from '../../src/core/secrets.js';
import { LAKE_KEY, stored } from '../support/fake-secret-store.js';
import { environment } from '../support/fakes.js';

const dev = environment('dev', { secrets: { 'github-token': { description: 'reads the repositories' } } });
const value = SecretValue.ofText('github-token', 'hunter2');
const plan = (now: ReturnType<typeof stored> | undefined, given?: SecretValue) => planSecret({ environment: dev, keyArn: LAKE_KEY, name: 'github-token', stored: now, value: given }).deeds;

it('names a secret below its environment', () => {
  expect(secretId({ name: 'prod' }, 'github-token')).toBe('dlp/prod/github-token');
});

describe('planSecret', () => {
  const deleting = { deletesAt: '2026-12-24T00:00:00.000Z', setAt: undefined };
  it.each([
    ['is not there, and gets a value', undefined, value, ['create']],
    ['is not there, and gets none', undefined, undefined, []],
    ['is as it should be', stored(), undefined, []],
    ['gets another value', stored(), value, ['new version']],
    ['is being deleted, and gets a value', stored(deleting), value, ['restore', 'new version']],
    ['is being deleted, and gets none', stored({ ...deleting, key: undefined, description: '' }), undefined, []],
    ['is under the account\'s own key', stored({ key: undefined }), undefined, ['re-key']],
    ['is under another key, and gets a value', stored({ key: 'alias/x' }), value, ['new version', 're-key']],
    ['is described otherwise', stored({ description: 'old' }), undefined, ['description']],
    ['lacks a tag', stored({ tags: { Project: 'lake', Environment: 'dev' } }), undefined, ['tags']],
    ['has a wrong tag', stored({ tags: { Project: 'lake', Environment: 'prod', ManagedBy: 'dlp' } }), undefined, ['tags']],
    ['has tags of others besides', stored({ tags: { ...stored().tags, Owner: 'me' } }), undefined, []],
  ])('of a secret that %s', (_, now, given, deeds) => {
    expect(plan(now, given)).toEqual(deeds);
  });
});

it.each([[LAKE_KEY, true], ['1234', true], ['234', false], ['alias/aws/secretsmanager', false], [undefined, false], [LAKE_KEY.replace('1234', '9'), false]])('knows the key of the lake in what AWS calls it: %s', (key, is) => {
  expect(isUnderKey(stored({ key }), LAKE_KEY)).toBe(is);
});

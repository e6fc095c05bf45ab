import { belongsTo, cacheId, canRefresh, ENDING_MS, expiryTime, tokenStatus, type SsoSession } from '../../src/core/sso.js';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const token = (milliseconds: number, more: object = {}) => ({ accessToken: 'x', expiresAt: new Date(NOW + milliseconds).toISOString(), ...more });
const session: SsoSession = { name: 'lake', startUrl: 'https://lake.awsapps.com/start', region: 'eu-west-1', scopes: [] };
const client = { clientId: 'a', clientSecret: 'b', refreshToken: 'c' };

it.each([
  [ENDING_MS + 1, 'ok'], [ENDING_MS, 'ending'], [1, 'ending'], [0, 'expired'], [-1, 'expired'],
])('a token with %i ms left is %s', (left, state) => {
  expect(tokenStatus(token(left), NOW).state).toBe(state);
});

it('trusts no token without a date that can be read', () => {
  expect(tokenStatus({ accessToken: 'x', expiresAt: 'soon' }, NOW).state).toBe('expired');
  expect(tokenStatus(undefined, NOW)).toEqual({ state: 'missing', expiresAt: null });
});

it('reads the date of older versions of the AWS CLI', () => {
  expect(tokenStatus({ accessToken: 'x', expiresAt: '2026-01-01T13:00:00UTC' }, NOW).state).toBe('ok');
});

it('writes times as the AWS CLI does', () => {
  expect(expiryTime(NOW + 7, 3600)).toBe('2026-01-01T13:00:00Z');
});

it('refreshes only with everything that it takes, and while the client is registered', () => {
  expect(canRefresh(token(0, client), NOW)).toBe(true);
  expect(canRefresh(token(0, { ...client, registrationExpiresAt: '2026-01-01T12:00:01Z' }), NOW)).toBe(true);
  expect(canRefresh(token(0, { ...client, registrationExpiresAt: '2026-01-01T12:00:00Z' }), NOW)).toBe(false);
  for (const missing of Object.keys(client)) expect(canRefresh(token(0, { ...client, [missing]: undefined }), NOW)).toBe(false);
});

it('keeps sessions apart that were given the same name', () => {
  expect(belongsTo(session, { ...token(1), startUrl: 'https://other.awsapps.com/start' })).toBe(false);
  expect(belongsTo(session, { ...token(1), startUrl: 'https://LAKE.awsapps.com/start/#/' })).toBe(true);
  expect(belongsTo(session, token(1))).toBe(true);
});

it('names a token by its session, or by its start URL', () => {
  expect(cacheId(session)).toBe('lake');
  expect(cacheId({ ...session, name: null })).toBe('https://lake.awsapps.com/start');
});

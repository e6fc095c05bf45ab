import { Client, DatabaseError } from 'pg';
import { connectFailure, DatabaseUnavailable, databaseVariables, withDatabase } from '../../src/lambdas/database.js';
import { readEnvironment } from '../../src/lambdas/runtime.js';
import { parseSecret, type Secrets, secretsManager } from '../../src/lambdas/secrets.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { secretOf, settingsOf } from './support/mart.js';

let server: TestPostgres;
beforeAll(async () => { server = await startPostgres(); });
afterAll(async () => { await server.stop(); });

const options = { applicationName: 'dlp-test', patienceMs: 1_500, statementTimeoutMs: 10_000 };
const whoami = (secrets: Secrets, more = {}) => withDatabase({ ...settingsOf(server), ...more }, secrets, options, async (client) => (await client.query('SELECT current_user AS me')).rows[0].me as string);

describe('withDatabase', () => {
  it('reads the secret again when the password was rotated since', async () => {
    const asked: boolean[] = [];
    const secrets: Secrets = { credentials: (_, fresh) => { asked.push(fresh); return Promise.resolve({ username: server.user, password: fresh ? server.password : 'old' }); } };
    expect(await whoami(secrets)).toBe('lake_owner');
    expect(asked).toEqual([false, true]);
  });

  it('gives up a password that stays wrong, without telling it', async () => {
    const secrets: Secrets = { credentials: () => Promise.resolve({ username: server.user, password: 'wr0ng-passw0rd' }) };
    const error = await whoami(secrets).catch((e: Error) => e);
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(String(error)).toContain('(28P01)');
    expect(String(error)).not.toContain('wr0ng');
  });

  it('waits for a database that is made while it waits', async () => {
    const soon = new Promise<void>((resolve) => setTimeout(async () => {
      const client = new Client({ connectionString: server.url });
      await client.connect();
      await client.query('CREATE DATABASE soon');
      await client.end();
      resolve();
    }, 300));
    const found = withDatabase(settingsOf(server, 'soon'), secretOf(server), { ...options, patienceMs: 8_000 }, async (client) => (await client.query('SELECT current_database() AS name')).rows[0].name as string);
    await soon;
    expect(await found).toBe('soon');
  });

  it('does not wait where waiting does not help', async () => {
    const started = Date.now();
    // This server offers no TLS, so a certificate can never be seen.
    await expect(whoami(secretOf(server), { tls: true })).rejects.toBeDefined();
    await expect(withDatabase(settingsOf(server), secretOf(server), { ...options, role: 'lake_reader' }, () => Promise.resolve())).rejects.toThrow('role "lake_reader" does not exist');
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('leaves no connection behind, whatever happens', async () => {
    await whoami(secretOf(server));
    await withDatabase(settingsOf(server), secretOf(server), options, () => Promise.reject(new Error('work'))).catch(() => undefined);
    const client = new Client({ connectionString: server.superuserUrl });
    await client.connect();
    const left = async () => (await client.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'dlp-test'")).rows[0].n as number;
    for (let wait = 0; wait < 40 && await left() > 0; wait += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await left()).toBe(0);
    await client.end();
  });

  it('survives a connection that the server cuts', async () => {
    const cut = withDatabase(settingsOf(server), secretOf(server), options, async (client) => {
      const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number;
      const other = new Client({ connectionString: server.superuserUrl });
      await other.connect();
      await other.query('SELECT pg_terminate_backend($1)', [pid]);
      await other.end();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await client.query('SELECT 1');
    });
    await expect(cut).rejects.toThrow();
  });
});

describe('connectFailure', () => {
  const fromServer = (code: string) => Object.assign(new DatabaseError('m', 1, 'error'), { code });
  it.each([
    [fromServer('28P01'), 'credentials'], [fromServer('57P03'), 'passing'], [fromServer('53300'), 'passing'], [fromServer('42501'), 'permanent'],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'passing'], [new Error('timeout expired'), 'passing'],
    [Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'permanent'], [Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'permanent'],
    [new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), 'passing'],
  ])('%s is %s', (error, kind) => {
    expect(connectFailure(error)).toBe(kind);
  });
});

describe('the environment', () => {
  const variables = { MART_HOST: 'db.internal', MART_PORT: '5432', MART_DATABASE: 'mart', MART_SECRET_ARN: 'arn:s' };

  it('has TLS on unless it is turned off on this machine', () => {
    expect(readEnvironment(databaseVariables, variables)).toMatchObject({ MART_PORT: 5432, MART_TLS: 'on' });
    expect(readEnvironment(databaseVariables, { ...variables, MART_HOST: '127.0.0.1', MART_TLS: 'off' })).toMatchObject({ MART_TLS: 'off' });
    expect(() => readEnvironment(databaseVariables, { ...variables, MART_TLS: 'off' })).toThrow('MART_TLS');
  });

  it('names what is missing and quotes nothing', () => {
    expect(() => readEnvironment(databaseVariables, { MART_PORT: 'p0rt' })).toThrow(/^environment variables are missing or wrong: MART_HOST, MART_PORT, MART_DATABASE, MART_SECRET_ARN$/);
  });
});

describe('the secret', () => {
  it('is read once, and again when it must be fresh', async () => {
    let reads = 0;
    const client = { send: () => Promise.resolve({ SecretString: JSON.stringify({ username: 'u', password: `p${reads += 1}`, engine: 'postgres' }) }) };
    const secrets = secretsManager(client as never);
    expect([await secrets.credentials('a', false), await secrets.credentials('a', false), await secrets.credentials('a', true), await secrets.credentials('a', false)].map(({ password }) => password)).toEqual(['p1', 'p1', 'p2', 'p2']);
  });

  it.each([[undefined], ['hunter2'], ['{"username":"u","passw0rd":"hunter2"}'], ['{"username":"u","password":""}']])('is not quoted when it is wrong: %s', (text) => {
    const error = (() => { try { parseSecret(text); } catch (e) { return e; } })();
    expect(String(error)).toMatch(/^Error: the mart secret/);
    expect(String(error)).not.toContain('hunter2');
  });
});

// A migrated data mart on a real PostgreSQL, as the functions meet it.
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { ConnectOptions, DatabaseSettings } from '../../../src/lambdas/database.js';
import { withDatabase } from '../../../src/lambdas/database.js';
import { migrate } from '../../../src/lambdas/mart-migrations/migrate.js';
import type { Secrets } from '../../../src/lambdas/secrets.js';
import { startPostgres, type TestPostgres } from '../../support/postgres.js';

export const MIGRATIONS = fileURLToPath(new URL('../../../src/lambdas/mart-migrations/migrations', import.meta.url));

export interface Mart {
  readonly server: TestPostgres;
  readonly settings: DatabaseSettings;
  readonly secrets: Secrets;
  /** A connection as the functions make it. */
  connected<T>(options: Partial<ConnectOptions>, work: (client: pg.Client) => Promise<T>): Promise<T>;
  /** One statement as the owner; returns its rows. */
  sql<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>;
  stop(): Promise<void>;
}

export function settingsOf(server: TestPostgres, database = server.database): DatabaseSettings {
  return { host: server.host, port: server.port, database, secretArn: 'arn:mart', tls: false };
}

export const secretOf = (server: TestPostgres): Secrets => ({
  credentials: () => Promise.resolve({ username: server.user, password: server.password }),
});

export async function startMart(): Promise<Mart> {
  const server = await startPostgres();
  const settings = settingsOf(server);
  const secrets = secretOf(server);
  const connected: Mart['connected'] = (options, work) =>
    withDatabase(settings, secrets, { applicationName: 'test', patienceMs: 5_000, statementTimeoutMs: 10_000, ...options }, work);
  await connected({}, (client) => migrate(client, MIGRATIONS));
  return {
    server, settings, secrets, connected,
    sql: (text, values) => connected({}, async (client) => (await client.query(text, values)).rows),
    stop: () => server.stop(),
  };
}

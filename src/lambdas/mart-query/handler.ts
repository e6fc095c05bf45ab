// One read-only SQL statement over the data mart (docs/contracts.md §8).
import type pg from 'pg';
import { databaseSettings, databaseVariables, withDatabase } from '../database.js';
import { log, messageOf, once, readEnvironment } from '../runtime.js';
import { secretsManager } from '../secrets.js';
import { queryError, type QueryError } from './query-error.js';
import { parseRequest } from './request.js';
import { type QueryLimits, type QueryResult, runQuery } from './run-query.js';

export interface Deps {
  readonly limits: QueryLimits;
  withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
}

/** The SQL itself is never logged: values in it may be personal data. */
export async function handle(deps: Deps, event: unknown): Promise<QueryResult | { error: QueryError }> {
  try {
    const request = parseRequest(event);
    const result = await deps.withClient((client) => runQuery(client, request, deps.limits));
    log('info', 'query', { rows: result.rows.length, truncated: result.truncated });
    return result;
  } catch (error) {
    const known = queryError(error);
    log(known ? 'info' : 'error', 'query refused', { code: known?.code, ...(known ? {} : { reason: messageOf(error) }) });
    return { error: known ?? { code: 'INTERNAL', message: 'the query could not be run; the log of the function says why' } };
  }
}

const defaults = once((): Deps => {
  const database = databaseSettings(readEnvironment(databaseVariables));
  const secrets = secretsManager();
  const connection = { applicationName: 'dlp-mart-query', patienceMs: 5_000, statementTimeoutMs: 30_000 };
  return {
    limits: { statementTimeoutMs: 30_000, answerBytes: 5_000_000 },
    withClient: (work) => withDatabase(database, secrets, connection, work),
  };
});

export const handler = (event: unknown) => handle(defaults(), event);

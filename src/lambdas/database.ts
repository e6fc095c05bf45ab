// Connections to the data mart, for every function that has one. One connection per invocation: a frozen container
// keeps no socket that the server has long closed, and a rotated password is noticed at the next connect.
import { Client, DatabaseError } from 'pg';
import * as z from 'zod';
import type { Secrets } from './secrets.js';

const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** The `MART_*` variables (docs/contracts.md §5). */
export const databaseVariables = z.object({
  MART_HOST: z.string().min(1),
  MART_PORT: z.coerce.number().int().min(1).max(65_535),
  MART_DATABASE: z.string().min(1),
  MART_SECRET_ARN: z.string().min(1),
  MART_TLS: z.enum(['on', 'off']).default('on'),
}).refine((v) => v.MART_TLS === 'on' || LOOPBACK.test(v.MART_HOST), { path: ['MART_TLS'], message: 'off only on this machine' });

export interface DatabaseSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly secretArn: string;
  /** Always true on AWS and in the local cloud; tests on the loopback interface may go without. */
  readonly tls: boolean;
}

export function databaseSettings(variables: z.infer<typeof databaseVariables>): DatabaseSettings {
  return {
    host: variables.MART_HOST,
    port: variables.MART_PORT,
    database: variables.MART_DATABASE,
    secretArn: variables.MART_SECRET_ARN,
    tls: variables.MART_TLS === 'on',
  };
}

/** Roles of the mart that a session may take (docs/contracts.md §5). */
export type MartRole = 'audit_writer' | 'lake_reader';

export interface ConnectOptions {
  /** Seen in pg_stat_activity. */
  readonly applicationName: string;
  /** How long to keep trying while the server starts, has no free connection or cannot be reached, in milliseconds. */
  readonly patienceMs: number;
  readonly role?: MartRole;
  /** Limit of each statement, in milliseconds. */
  readonly statementTimeoutMs: number;
}

/** The server cannot be reached, is starting or is full, and patience ran out; or it refuses the secret. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

/** Connects, runs `work` and always closes the connection; what is not committed by then is rolled back. */
export async function withDatabase<T>(
  settings: DatabaseSettings, secrets: Secrets, options: ConnectOptions, work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(settings, secrets, options);
  try {
    // The role comes from a closed list, so it can be written into the statement (SET takes no parameters).
    if (options.role) await client.query(`SET ROLE ${options.role}`);
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs `work` in a transaction: commits when it returns, rolls back when it throws. */
export async function inTransaction<T>(client: Client, mode: 'READ WRITE' | 'READ ONLY', work: () => Promise<T>): Promise<T> {
  await client.query(`BEGIN ${mode}`);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The first error is the one that matters; a lost connection cannot be rolled back and need not be.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Throws DatabaseUnavailable with the last reason; certificate errors are thrown at once, for waiting does not cure them. */
async function connect(settings: DatabaseSettings, secrets: Secrets, options: ConnectOptions): Promise<Client> {
  const giveUpAt = Date.now() + options.patienceMs;
  let fresh = false;
  for (let attempt = 1; ; attempt += 1) {
    const credentials = await secrets.credentials(settings.secretArn, fresh);
    const client = new Client({
      host: settings.host,
      port: settings.port,
      database: settings.database,
      user: credentials.username,
      password: credentials.password,
      // Node's own authorities plus NODE_EXTRA_CA_CERTS; the host name or address is checked against the certificate.
      ssl: settings.tls ? { rejectUnauthorized: true } : false,
      connectionTimeoutMillis: Math.min(5_000, Math.max(1_000, options.patienceMs)),
      statement_timeout: options.statementTimeoutMs,
      application_name: options.applicationName,
      keepAlive: true,
    });
    // A connection lost between two statements is an event of the client; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      const kind = connectFailure(error);
      // A refused password means that the secret was rotated since it was cached: read it again, at once the first time.
      const staleSecret = kind === 'credentials' && !fresh;
      if (kind === 'credentials') fresh = true;
      if (kind === 'permanent') throw error;
      if (!staleSecret) {
        const pause = Math.min(250 * 2 ** Math.min(attempt - 1, 4), 3_000) * (0.5 + Math.random() / 2);
        if (Date.now() + pause >= giveUpAt) throw unavailable(settings, error);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}

function unavailable(settings: DatabaseSettings, error: unknown): DatabaseUnavailable {
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseUnavailable(
    `the data mart at ${settings.host}:${settings.port} cannot be used: ${reason}${code ? ` (${code})` : ''}`, { cause: error });
}

const INVALID_CREDENTIALS = new Set(['28P01', '28000']);
/** Starting up, shutting down, too many connections, and a database that is not created yet. */
const PASSING = new Set(['57P01', '57P02', '57P03', '53300', '53400', '3D000']);
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** What a failed connect means, by code and never by text. */
export function connectFailure(error: unknown): 'credentials' | 'passing' | 'permanent' {
  const code = codeOf(error);
  if (error instanceof DatabaseError) {
    if (INVALID_CREDENTIALS.has(code ?? '')) return 'credentials';
    return PASSING.has(code ?? '') ? 'passing' : 'permanent';
  }
  // pg reports its own connect timeout and a socket that closed early as errors without a code.
  return code === undefined || NETWORK.has(code) ? 'passing' : 'permanent';
}

function codeOf(error: unknown): string | undefined {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const code = (inner as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

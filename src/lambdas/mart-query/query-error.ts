// What people are told when a query ends badly: PostgreSQL's own words about their statement, and nothing about the
// machinery around it. Pure.
import { DatabaseError } from 'pg';
import { DatabaseUnavailable } from '../database.js';
import { BadRequest } from './request.js';
import { NotAQuery, UnreadableColumn } from './run-query.js';

export interface QueryError {
  readonly code: string;
  readonly message: string;
}

/** By SQLSTATE. Others are `SQL_<state>`: they are PostgreSQL's and can be looked up there. */
const CODES: Readonly<Record<string, string>> = {
  '25006': 'READ_ONLY',
  '42501': 'PERMISSION_DENIED',
  '42601': 'SYNTAX_ERROR',
  '42703': 'UNDEFINED_COLUMN',
  '42883': 'UNDEFINED_FUNCTION',
  '42P01': 'UNDEFINED_TABLE',
  '3F000': 'UNDEFINED_SCHEMA',
  '55P03': 'LOCKED',
  '57014': 'TIMEOUT',
  '0A000': 'NOT_SUPPORTED',
};

/** Undefined when the error is ours, not the statement's: it is then logged and told in general words. */
export function queryError(error: unknown): QueryError | undefined {
  if (error instanceof BadRequest) return { code: 'BAD_REQUEST', message: error.message };
  if (error instanceof NotAQuery) return { code: 'NOT_A_QUERY', message: error.message };
  if (error instanceof UnreadableColumn) return { code: 'NOT_SUPPORTED', message: error.message };
  if (error instanceof DatabaseUnavailable) return { code: 'DATABASE_UNAVAILABLE', message: 'the data mart cannot be reached; try again in a minute' };
  if (!(error instanceof DatabaseError) || error.code === undefined) return undefined;
  return { code: CODES[error.code] ?? `SQL_${error.code}`, message: [error.message, error.hint && `hint: ${error.hint}`].filter(Boolean).join('; ') };
}

// HTTP answers. Pure but for the log line of an error that nobody expected.
import { DatabaseUnavailable } from '../database.js';
import { log, messageOf } from '../runtime.js';
import { ApiError } from './api-error.js';

export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function answer(statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { statusCode, headers: { ...HEADERS, ...headers }, body: JSON.stringify(body) };
}

/** What is not meant for the caller (stack traces, ARNs in AWS messages) goes to the log alone. */
export function answerError(error: unknown): Answer {
  if (error instanceof ApiError) return answer(error.status, { error: { code: error.code, message: error.message } });
  const unavailable = error instanceof DatabaseUnavailable;
  log('error', 'request failed', { name: error instanceof Error ? error.name : undefined, reason: messageOf(error) });
  return unavailable
    ? answer(503, { error: { code: 'DATABASE_UNAVAILABLE', message: 'the ledger cannot be reached; try again in a minute' } }, { 'retry-after': '60' })
    : answer(500, { error: { code: 'INTERNAL', message: 'the request could not be answered; the log of the function says why' } });
}

// How long our own clients hold out. The SDK's stock strategy gives up after a second or two, and counts calls that run
// side by side against each other; a storm of 503 or a throttled account lasts longer, and passes.
import type { STSClientConfig } from '@aws-sdk/client-sts';

type Strategy = Extract<NonNullable<STSClientConfig['retryStrategy']>, { acquireInitialRetryToken: unknown }>;
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;
type Failure = Parameters<Strategy['refreshRetryTokenForRetry']>[1];

/** Milliseconds. A throttled or unavailable service is asked for so long. */
const PATIENCE = 60_000;
const DELAY = { first: 100, most: 5_000 };
/** Other passing failures: a broken connection, an internal error. */
const ATTEMPTS = 5;
/** A name or port that is not there is hardly ever there a minute later, and somebody waits for the answer. */
const ATTEMPTS_UNREACHABLE = 3;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

interface PatientToken extends Token { readonly begun: number }

export class Patience implements Strategy {
  async acquireInitialRetryToken(): Promise<PatientToken> {
    return token(0, 0, Date.now());
  }

  /** @throws when it is time to give up; the SDK then throws the failure itself */
  async refreshRetryTokenForRetry(last: Token, failure: Failure): Promise<PatientToken> {
    const { begun } = last as PatientToken;
    const count = last.getRetryCount() + 1;
    // Half of it by chance, so that callers who failed together do not come back together.
    const backoff = Math.min(DELAY.first * 2 ** last.getRetryCount(), DELAY.most) * (0.5 + Math.random() / 2);
    const asked = failure.retryAfterHint ? failure.retryAfterHint.getTime() - Date.now() : 0;
    const delay = Math.max(backoff, Math.min(asked, DELAY.most));
    if (!mayTry(failure, count, Date.now() + delay - begun)) throw new Error('no more attempts');
    return token(count, delay, begun);
  }

  recordSuccess(): void {}
}

function mayTry({ errorType, error }: Failure, attempts: number, elapsed: number): boolean {
  if (errorType !== 'THROTTLING' && errorType !== 'TRANSIENT') return false;
  const { code, $metadata } = (error ?? {}) as { code?: string; $metadata?: { httpStatusCode?: number } };
  if (errorType === 'THROTTLING' || $metadata?.httpStatusCode === 503) return elapsed <= PATIENCE;
  return attempts < (code && UNREACHABLE.has(code) ? ATTEMPTS_UNREACHABLE : ATTEMPTS);
}

function token(count: number, delay: number, begun: number): PatientToken {
  return { getRetryCount: () => count, getRetryDelay: () => delay, begun };
}

// Custom resources that answer CloudFormation themselves. Whatever happens, one answer goes out before the deadline:
// a resource that never answers blocks its stack for an hour.
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { log, messageOf } from './runtime.js';

/** Time kept back from the Lambda's limit for three tries of the answer, in milliseconds. */
export const ANSWER_RESERVE_MS = 12_000;
/** CloudFormation refuses answers over 4096 bytes, so the reason is cut. */
const REASON_LIMIT = 1_500;

export interface Outcome {
  /** Attributes for Fn::GetAtt. */
  readonly data: Readonly<Record<string, string | number>>;
}

export interface Answering {
  /** Puts the answer to the presigned URL; throws when it was not taken. */
  put(url: string, body: string): Promise<void>;
}

export interface Remaining {
  getRemainingTimeInMillis(): number;
}

/**
 * Runs `work` and answers CloudFormation with SUCCESS or, whatever it throws or when time runs out, FAILED with the
 * reason. The physical id stays the same for the life of the resource, so an update is never taken for a replacement.
 * Throws only when the answer itself could not be given: Lambda then calls again.
 */
export async function answerCloudFormation(
  event: CloudFormationCustomResourceEvent, context: Remaining, answering: Answering, work: (deadline: number) => Promise<Outcome>,
): Promise<void> {
  const milliseconds = Math.max(0, context.getRemainingTimeInMillis() - ANSWER_RESERVE_MS);
  const result = await settle(work, milliseconds);
  const known = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
  const body = JSON.stringify({
    Status: result.ok ? 'SUCCESS' : 'FAILED',
    ...(result.ok ? {} : { Reason: result.reason }),
    PhysicalResourceId: known ?? `dlp-${event.LogicalResourceId}`,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    ...(result.ok ? { Data: result.data } : {}),
  });
  log(result.ok ? 'info' : 'error', 'custom resource', {
    type: event.ResourceType, request: event.RequestType, logicalId: event.LogicalResourceId, ...(result.ok ? result.data : { reason: result.reason }),
  });
  await answering.put(event.ResponseURL, body);
}

type Settled = { ok: true; data: Outcome['data'] } | { ok: false; reason: string };

async function settle(work: (deadline: number) => Promise<Outcome>, milliseconds: number): Promise<Settled> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Settled>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, reason: `not done within ${Math.round(milliseconds / 1000)} s` }), milliseconds);
  });
  // work() is called inside the promise chain, so that a synchronous throw is answered too.
  const done = Promise.resolve()
    .then(() => work(Date.now() + milliseconds))
    .then((outcome): Settled => ({ ok: true, data: outcome.data }))
    .catch((error: unknown): Settled => ({ ok: false, reason: reasonOf(error) }));
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  const text = messageOf(error).trim() || 'failed without a message';
  return text.length <= REASON_LIMIT ? text : `${text.slice(0, REASON_LIMIT)}…`;
}

/** Answers over HTTPS, three times at most. The URL is presigned and so never part of an error. */
export const httpAnswering: Answering = {
  async put(url, body) {
    let reason = '';
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
      try {
        // The signature covers an empty content type.
        const response = await fetch(url, { method: 'PUT', body, headers: { 'content-type': '' }, signal: AbortSignal.timeout(2_500) });
        if (response.ok) return;
        reason = `status ${response.status}`;
      } catch (error) {
        reason = error instanceof Error ? ((error.cause as { code?: string } | undefined)?.code ?? error.name) : 'unknown';
      }
    }
    throw new Error(`CloudFormation did not take the answer: ${reason}`);
  },
};

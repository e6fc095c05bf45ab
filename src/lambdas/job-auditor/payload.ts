// What the auditor is called with (docs/contracts.md §5).
import * as z from 'zod';
import { InvalidInput } from './parse-input.js';

const job = z.string().regex(/^[a-z][a-z0-9_]{1,39}$/);
const arn = z.string().min(1).max(2048);
const startedAt = z.coerce.date();

const open = z.object({ action: z.literal('open'), job, execution: z.object({ arn, startedAt }), input: z.unknown().optional() });

const glueRun = z.object({
  Id: z.string().optional(),
  JobRunState: z.string().optional(),
  ErrorMessage: z.string().nullish(),
});
const close = z.object({ action: z.literal('close'), job, runId: z.string().min(1), glue: glueRun });

const fail = z.object({
  action: z.literal('fail'),
  job,
  execution: z.object({ arn, startedAt: startedAt.optional() }),
  // Absent or null when the run could not even be opened; the input then tells the ledger what it was about.
  runId: z.string().min(1).nullish(),
  input: z.unknown().optional(),
  state: z.string().min(1).nullish(),
  error: z.object({ Error: z.string().nullish(), Cause: z.string().nullish() }).nullish(),
});

/** EventBridge: an execution has ended badly. */
const executionEnded = z.object({
  source: z.literal('aws.states'),
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({
    executionArn: arn,
    status: z.enum(['ABORTED', 'TIMED_OUT', 'FAILED']),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

export type OpenPayload = z.infer<typeof open>;
export type ClosePayload = z.infer<typeof close>;
export type FailPayload = z.infer<typeof fail>;
export type ExecutionEnded = z.infer<typeof executionEnded>;
export type GlueRun = z.infer<typeof glueRun>;

export type Payload =
  | { readonly kind: 'open'; readonly payload: OpenPayload }
  | { readonly kind: 'close'; readonly payload: ClosePayload }
  | { readonly kind: 'fail'; readonly payload: FailPayload }
  | { readonly kind: 'ended'; readonly payload: ExecutionEnded };

/** Throws InvalidInput, which names the fields that are wrong. */
export function parsePayload(event: unknown): Payload {
  const action = (event as { action?: unknown } | null | undefined)?.action;
  if (action === 'open') return { kind: 'open', payload: check(open, event) };
  if (action === 'close') return { kind: 'close', payload: check(close, event) };
  if (action === 'fail') return { kind: 'fail', payload: check(fail, event) };
  if (action !== undefined) throw new InvalidInput(`the action ${JSON.stringify(action)} is none of open, close, fail`);
  return { kind: 'ended', payload: check(executionEnded, event) };
}

function check<T extends z.ZodType>(schema: T, event: unknown): z.infer<T> {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(`the payload is wrong: ${parsed.error.issues.map((i) => `${i.path.join('.') || 'payload'}: ${i.message}`).join('; ')}`);
}

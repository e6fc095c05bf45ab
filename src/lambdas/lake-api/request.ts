// What a request may say, checked before anything is asked. Pure.
import * as z from 'zod';
import { ApiError } from './api-error.js';

const job = z.string().regex(/^[a-z][a-z0-9_]{1,39}$/, 'not the name of a job');

const runsQuery = z.strictObject({
  job: job.optional(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED']).optional(),
  limit: z.string().regex(/^\d{1,4}$/, 'not a number').transform(Number).pipe(z.int().min(1).max(500)).default(20),
});
export type RunsQuery = z.infer<typeof runsQuery>;

const startBody = z.strictObject({
  // S3 counts bytes, not letters.
  key: z.string().min(1).refine((key) => Buffer.byteLength(key) <= 1024, 'longer than 1024 bytes'),
  versionId: z.string().min(1).max(1024).optional(),
  force: z.boolean().optional(),
});
export type StartBody = z.infer<typeof startBody>;

export function parseRunsQuery(parameters: Readonly<Record<string, string | undefined>> | null | undefined): RunsQuery {
  return check(runsQuery, parameters ?? {});
}

export function parseJobName(name: string): string {
  return check(job, name);
}

export function parseStartBody(body: string | null | undefined, base64: boolean): StartBody {
  let value: unknown;
  try {
    value = JSON.parse(base64 ? Buffer.from(body ?? '', 'base64').toString('utf8') : body ?? '');
  } catch {
    throw new ApiError(400, 'BAD_REQUEST', 'the body is not JSON');
  }
  return check(startBody, value);
}

function check<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError(400, 'BAD_REQUEST', parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': ')).join('; '));
}

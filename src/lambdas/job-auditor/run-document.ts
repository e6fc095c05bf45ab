// The run document a job leaves behind (docs/contracts.md §4), and the batch manifest it commits with.
import * as z from 'zod';

const count = z.int().min(0);

const rows = z.object({
  read: count, valid: count, quarantined: count, deduplicated: count, written: count,
  staged: count, inserted: count, updated: count, unchanged: count, loaded: count,
});

const schema = z.object({
  version: z.literal(1),
  job: z.string(),
  runId: z.string(),
  batchId: z.string().nullish(),
  status: z.enum(['ok', 'skipped', 'failed']),
  error: z.object({ code: z.string().min(1), message: z.string() }).nullish(),
  glueRunId: z.string().nullish(),
  rows,
  rules: z.record(z.string(), count).nullish(),
  sums: z.record(z.string(), z.object({ gold: z.string().nullish(), mart: z.string().nullish() })).nullish(),
  checksum: z.object({ gold: z.string().nullish(), mart: z.string().nullish() }).nullish(),
  quarantineUri: z.string().nullish(),
});
/** A job that failed early has counted little or nothing. */
const failedSchema = schema.extend({ rows: rows.partial().nullish() });

export type RunDocument = z.infer<typeof schema>;
export type Rows = z.infer<typeof rows>;
export type FailedDocument = z.infer<typeof failedSchema>;

export type ReadDocument =
  | { readonly kind: 'document'; readonly document: RunDocument }
  | { readonly kind: 'failed'; readonly document: FailedDocument }
  | { readonly kind: 'missing' }
  | { readonly kind: 'invalid'; readonly reason: string };

export const documentKey = (job: string, runId: string): string => `_dlp/${job}/runs/${runId}.json`;
export const manifestKey = (job: string, batchId: string): string => `_dlp/${job}/batches/${batchId}.json`;

/** Never throws: a document that cannot be trusted is a finding about the run, not an error of the auditor. */
export function parseDocument(text: string | null, run: { readonly job: string; readonly runId: string }): ReadDocument {
  if (text === null) return { kind: 'missing' };
  const value = parseJson(text);
  if (value === undefined) return { kind: 'invalid', reason: 'it is not JSON' };
  const failed = (value as { status?: unknown } | null)?.status === 'failed';
  const parsed = (failed ? failedSchema : schema).safeParse(value);
  if (!parsed.success) return { kind: 'invalid', reason: parsed.error.issues.slice(0, 5).map((i) => `${i.path.join('.') || 'document'}: ${i.message}`).join('; ') };
  const { data } = parsed;
  if (data.job !== run.job || data.runId !== run.runId) return { kind: 'invalid', reason: `it is of the run ${data.runId} of ${data.job}` };
  return failed ? { kind: 'failed', document: data as FailedDocument } : { kind: 'document', document: data as RunDocument };
}

/** The run that committed a batch, as its manifest names it; null when the manifest does not tell. */
export function committingRun(manifest: string | null): string | null {
  const value = manifest === null ? undefined : parseJson(manifest);
  const runId = (value as { runId?: unknown } | null | undefined)?.runId;
  return typeof runId === 'string' && runId !== '' ? runId : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

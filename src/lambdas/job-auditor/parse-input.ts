// The three inputs that start a run (docs/contracts.md §5), brought into one shape.
import * as z from 'zod';

/** What a run is about, before S3 was asked. */
export interface Source {
  readonly trigger: 'event' | 'schedule' | 'manual';
  readonly bucket: string;
  /** Of an object, or a prefix that ends in `/`. Exactly as in S3: EventBridge does not URL-encode keys. */
  readonly key: string;
  /** `object`: one file. `prefix`: every new file below it. `folder`: the empty object that marks a folder in the console. */
  readonly kind: 'object' | 'prefix' | 'folder';
  readonly version: string | null;
  readonly requestedBy: string | null;
  /** Run although the same content was loaded before. */
  readonly force: boolean;
}

/** The input of the execution is none of the three shapes. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

const bucket = z.string().min(3).max(63);
const key = z.string().min(1).max(1024);

const objectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.object({
    bucket: z.object({ name: bucket }),
    object: z.object({ key, 'version-id': z.string().min(1).optional() }),
    requester: z.string().optional(),
  }),
});

const scheduled = z.object({ 'detail-type': z.literal('Scheduled Event') });

const manual = z.object({
  trigger: z.literal('manual'),
  bucket,
  key,
  // A state machine's input may carry what was not given as null.
  versionId: z.string().min(1).nullish(),
  requestedBy: z.string().nullish(),
  force: z.boolean().nullish(),
});

/** Throws InvalidInput, which says what was expected. `landing` is the bucket and prefix of a scheduled run. */
export function parseInput(input: unknown, landing: { readonly bucket: string; readonly prefix: string }): Source {
  const shape = shapeOf(input);
  if (shape === 'manual') {
    const given = check(manual, input, 'a manual run');
    return {
      trigger: 'manual', bucket: given.bucket, key: given.key, kind: given.key.endsWith('/') ? 'prefix' : 'object',
      version: real(given.versionId), requestedBy: given.requestedBy ?? null, force: given.force ?? false,
    };
  }
  if (shape === 'Scheduled Event') {
    check(scheduled, input, 'a Scheduled Event');
    return { trigger: 'schedule', bucket: landing.bucket, key: landing.prefix, kind: 'prefix', version: null, requestedBy: null, force: false };
  }
  if (shape === 'Object Created') {
    const { detail } = check(objectCreated, input, 'an S3 Object Created event');
    return {
      trigger: 'event', bucket: detail.bucket.name, key: detail.object.key, kind: detail.object.key.endsWith('/') ? 'folder' : 'object',
      version: real(detail.object['version-id']), requestedBy: detail.requester ?? null, force: false,
    };
  }
  throw new InvalidInput('the input is no S3 Object Created event, no Scheduled Event and no {trigger: "manual", bucket, key}');
}

function shapeOf(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return undefined;
  return 'trigger' in input ? input.trigger : (input as { 'detail-type'?: unknown })['detail-type'];
}

function check<T extends z.ZodType>(schema: T, input: unknown, what: string): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; ');
  throw new InvalidInput(`the input looks like ${what} but is not: ${wrong}`);
}

/** Objects written while a bucket kept no versions have the version `null`; `-` is how a job says that there is none. */
function real(version: string | null | undefined): string | null {
  return version === undefined || version === null || version === 'null' || version === '-' ? null : version;
}

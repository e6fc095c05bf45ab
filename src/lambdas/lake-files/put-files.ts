// Puts small files into buckets, each only where nothing is yet.
import * as z from 'zod';

export interface LakeFile {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
}

export interface FileStore {
  /** Writes the file unless the key is taken; says which it was. Must leave an existing object as it is. */
  putIfAbsent(file: LakeFile): Promise<'written' | 'present'>;
}

const files = z.array(z.strictObject({ bucket: z.string().min(3), key: z.string().min(1).max(1024), body: z.string() }));

/** The property `Files`: a JSON string, for CloudFormation would turn its numbers and booleans into strings. */
export function parseFiles(property: unknown): readonly LakeFile[] {
  if (typeof property !== 'string') throw new Error('the property Files is not a string of JSON');
  let value: unknown;
  try {
    value = JSON.parse(property);
  } catch (error) {
    throw new Error('the property Files is not JSON', { cause: error });
  }
  const parsed = files.safeParse(value);
  if (!parsed.success) throw new Error(`the property Files is not a list of {bucket, key, body}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Returns how many were written and how many were there already. Stops at the first that fails and names it. */
export async function putFiles(store: FileStore, wanted: readonly LakeFile[]): Promise<{ written: number; present: number }> {
  const count = { written: 0, present: 0 };
  for (const file of wanted) {
    try {
      count[await store.putIfAbsent(file)] += 1;
    } catch (error) {
      throw new Error(`s3://${file.bucket}/${file.key}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`, { cause: error });
    }
  }
  return count;
}

// What the auditor reads in S3: facts about a source object, and run documents.
import { GetObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput, S3Client, S3ServiceException } from '@aws-sdk/client-s3';

export interface ObjectFacts {
  readonly version: string | null;
  readonly bytes: number;
  /** `ALGORITHM:value`, or `ETAG:value` where S3 has no checksum. */
  readonly checksum: string | null;
}

export interface Objects {
  /** Null when there is no such object or version. */
  facts(bucket: string, key: string, version: string | null): Promise<ObjectFacts | null>;
  /** The text of an object, null when there is none. */
  text(bucket: string, key: string): Promise<string | null>;
}

export function s3Objects(client = new S3Client({})): Objects {
  return {
    async facts(bucket, key, version) {
      return await unlessMissing(async () => factsOf(await client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED', ...(version === null ? {} : { VersionId: version }) }))), HEAD_MISSING);
    },
    async text(bucket, key) {
      return await unlessMissing(async () => {
        const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return (await body?.transformToString('utf-8')) ?? '';
      }, GET_MISSING);
    },
  };
}

const GET_MISSING = [404];
/** 404: no such key or version. 405: the version is a delete marker. 400: not the form of a version id (HEAD has no body to tell more). */
const HEAD_MISSING = [400, 404, 405];

async function unlessMissing<T>(ask: () => Promise<T>, missing: readonly number[]): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status !== undefined && missing.includes(status)) return null;
    throw error;
  }
}

/** The strongest checksum that S3 keeps, so that two versions compare equal only when their content is. */
export function factsOf(head: HeadObjectCommandOutput): ObjectFacts {
  const checksums: readonly (readonly [string, string | undefined])[] = [
    ['SHA256', head.ChecksumSHA256], ['SHA1', head.ChecksumSHA1], ['CRC64NVME', head.ChecksumCRC64NVME],
    ['CRC32C', head.ChecksumCRC32C], ['CRC32', head.ChecksumCRC32], ['ETAG', head.ETag?.replaceAll('"', '')],
  ];
  const best = checksums.find(([, value]) => value);
  return {
    version: head.VersionId === undefined || head.VersionId === 'null' ? null : head.VersionId,
    bytes: head.ContentLength ?? 0,
    checksum: best ? `${best[0]}:${best[1]}` : null,
  };
}

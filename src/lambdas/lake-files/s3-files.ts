// The file store on S3: a conditional write, so that "never overwrite" holds even between a check and its write.
import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { FileStore } from './put-files.js';

export function s3Files(client = new S3Client({})): FileStore {
  return {
    async putIfAbsent({ bucket, key, body }) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: '*' }));
          return 'written';
        } catch (error) {
          const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
          if (status === 412) return 'present';
          // Another conditional write to the same key is under way; S3 asks to try again.
          if (status !== 409 || attempt === 5) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
        }
      }
    },
  };
}

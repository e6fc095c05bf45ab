// Puts files into the landing bucket, in parts where they are large.
import { createReadStream } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Landing } from '../core/ports.js';
import type { ClientSettings } from './clients.js';

export class S3Landing implements Landing {
  private readonly client: S3Client;

  constructor(settings: ClientSettings) {
    this.client = new S3Client(settings);
  }

  async put(bucket: string, key: string, file: string, onProgress?: (bytes: number) => void): Promise<{ versionId: string | undefined }> {
    const upload = new Upload({ client: this.client, params: { Bucket: bucket, Key: key, Body: createReadStream(file) } });
    upload.on('httpUploadProgress', (progress) => onProgress?.(progress.loaded ?? 0));
    const done = await upload.done();
    return { versionId: done.VersionId };
  }
}

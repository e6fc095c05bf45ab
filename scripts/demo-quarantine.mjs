// Reads a few quarantined rows of the local cloud, for the demo's last screen.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { parse } from 'yaml';

/** Up to `count` rows ({_raw, _errors, …}), of different reasons where there are any. */
export async function sampleQuarantine(uri, count) {
  const { environments } = parse(await readFile(path.join(fileURLToPath(new URL('..', import.meta.url)), 'dlp.yaml'), 'utf8'));
  const { region, local } = environments.local;
  const client = new S3Client({ region, endpoint: `http://127.0.0.1:${local.port}`, forcePathStyle: true, credentials: { accessKeyId: 'dlp-local', secretAccessKey: 'dlp-local' } });
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  const rows = [];
  for (const { Key } of Contents.filter((object) => object.Key.endsWith('.json'))) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    rows.push(...(await Body.transformToString()).split('\n').filter(Boolean).map((line) => JSON.parse(line)));
  }
  const byReason = new Map(rows.map((row) => [row._errors.join(), row]));
  return [...byReason.values()].slice(0, count);
}

import { HeadObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { factsOf, s3Objects } from '../../../src/lambdas/job-auditor/objects.js';

const refused = (status: number) => new S3ServiceException({ name: 'X', $fault: 'client', $metadata: { httpStatusCode: status }, message: 'no' });

function client(answer: unknown) {
  const sent: any[] = [];
  const send = (command: any) => { sent.push(command); return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer); };
  return { sent, objects: s3Objects({ send } as never) };
}

describe('factsOf', () => {
  it('takes the strongest checksum there is', () => {
    expect(factsOf({ $metadata: {}, VersionId: 'v1', ContentLength: 5, ETag: '"abc"', ChecksumCRC32: 'c', ChecksumSHA256: 's' })).toEqual({ version: 'v1', bytes: 5, checksum: 'SHA256:s' });
    expect(factsOf({ $metadata: {}, ContentLength: 5, ETag: '"abc"', ChecksumCRC64NVME: 'n', ChecksumCRC32: 'c' }).checksum).toBe('CRC64NVME:n');
  });

  it('falls back to the ETag without its quotes, and to nothing', () => {
    expect(factsOf({ $metadata: {}, VersionId: 'null', ContentLength: 0, ETag: '"abc-2"' })).toEqual({ version: null, bytes: 0, checksum: 'ETAG:abc-2' });
    expect(factsOf({ $metadata: {} })).toEqual({ version: null, bytes: 0, checksum: null });
  });
});

describe('s3Objects', () => {
  it('asks for the version and for the checksum', async () => {
    const { sent, objects } = client({ $metadata: {}, VersionId: 'v1', ContentLength: 5 });
    await objects.facts('landing', 'orders/ä b.csv', 'v1');
    await objects.facts('landing', 'orders/ä b.csv', null);
    expect(sent[0]).toBeInstanceOf(HeadObjectCommand);
    expect(sent.map((command) => command.input)).toEqual([
      { Bucket: 'landing', Key: 'orders/ä b.csv', ChecksumMode: 'ENABLED', VersionId: 'v1' },
      { Bucket: 'landing', Key: 'orders/ä b.csv', ChecksumMode: 'ENABLED' },
    ]);
  });

  it.each([400, 404, 405])('takes %i for an object that is not there', async (status) => {
    await expect(client(refused(status)).objects.facts('b', 'k', 'v')).resolves.toBeNull();
  });

  it('does not take a refusal for an absence', async () => {
    await expect(client(refused(403)).objects.facts('b', 'k', 'v')).rejects.toThrow('no');
    await expect(client(refused(403)).objects.text('b', 'k')).rejects.toThrow('no');
    await expect(client(refused(400)).objects.text('b', 'k')).rejects.toThrow('no');
  });

  it('reads text, and null where there is none', async () => {
    await expect(client({ Body: { transformToString: () => Promise.resolve('{}') } }).objects.text('b', 'k')).resolves.toBe('{}');
    await expect(client(refused(404)).objects.text('b', 'k')).resolves.toBeNull();
  });
});

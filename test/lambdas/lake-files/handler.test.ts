import { S3ServiceException } from '@aws-sdk/client-s3';
import { handle } from '../../../src/lambdas/lake-files/handler.js';
import { s3Files } from '../../../src/lambdas/lake-files/s3-files.js';
import { recordAnswers, resourceEvent, seconds } from '../support/custom-resource.js';
import { captureLog } from '../support/log-lines.js';

captureLog();

/** A bucket that knows conditional writes. `busy` is how often it first says 409. */
function bucket(present: Record<string, string> = {}, busy = 0) {
  const objects = new Map(Object.entries(present));
  const refused = (status: number) => new S3ServiceException({ name: 'X', $fault: 'client', $metadata: { httpStatusCode: status }, message: `status ${status}` });
  const send = ({ input }: any) => {
    if (input.Bucket === 'forbidden') return Promise.reject(refused(403));
    if (busy > 0) { busy -= 1; return Promise.reject(refused(409)); }
    if (input.IfNoneMatch === '*' && objects.has(input.Key)) return Promise.reject(refused(412));
    objects.set(input.Key, input.Body);
    return Promise.resolve({});
  };
  return { objects, store: () => s3Files({ send } as never) };
}

const files = (...keys: string[]) => ({ Files: JSON.stringify(keys.map((key) => ({ bucket: 'gold', key, body: `new ${key}` }))) });

async function call(store: () => ReturnType<typeof s3Files>, type: 'Create' | 'Update' | 'Delete', properties: Record<string, unknown>) {
  const { answers, answering } = recordAnswers();
  await handle(store, answering, resourceEvent(type, properties), seconds(60));
  expect(answers).toHaveLength(1);
  return answers[0];
}

describe('Custom::LakeFiles', () => {
  it('puts what is absent and leaves what is there', async () => {
    const { objects, store } = bucket({ b: 'of before' });
    expect(await call(store, 'Create', files('a', 'b'))).toMatchObject({ Status: 'SUCCESS', Data: { Written: 1, Present: 1 } });
    expect(Object.fromEntries(objects)).toEqual({ a: 'new a', b: 'of before' });
    expect(await call(store, 'Update', files('a', 'b', 'c'))).toMatchObject({ Data: { Written: 1, Present: 2 } });
    expect(objects.get('c')).toBe('new c');
  });

  it('tries again while somebody else writes the same key, but not for ever', async () => {
    expect(await call(bucket({}, 2).store, 'Create', files('a'))).toMatchObject({ Status: 'SUCCESS', Data: { Written: 1 } });
    expect(await call(bucket({}, 9).store, 'Create', files('a'))).toMatchObject({ Status: 'FAILED', Reason: 's3://gold/a: X: status 409' });
  });

  it('removes nothing on delete', async () => {
    const { objects, store } = bucket({ a: 'x' });
    expect(await call(store, 'Delete', files('a'))).toMatchObject({ Status: 'SUCCESS' });
    expect(objects.size).toBe(1);
  });

  it.each([
    ['no property', {}, 'not a string of JSON'],
    ['broken JSON', { Files: '[{' }, 'not JSON'],
    ['another shape', { Files: '[{"bucket":"gold","key":"a"}]' }, 'body'],
    ['a file it may not write', { Files: '[{"bucket":"forbidden","key":"a","body":""}]' }, 's3://forbidden/a: X: status 403'],
  ])('answers FAILED for %s', async (_, properties, reason) => {
    expect(await call(bucket().store, 'Create', properties)).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(reason) });
  });
});

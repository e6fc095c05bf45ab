import { InvalidInput, parseInput } from '../../../src/lambdas/job-auditor/parse-input.js';
import { parsePayload } from '../../../src/lambdas/job-auditor/payload.js';
import { objectCreated } from '../support/auditor.js';

const landing = { bucket: 'landing', prefix: 'orders/' };
const parse = (input: unknown) => parseInput(input, landing);

describe('parseInput', () => {
  it('takes the key of an S3 event as it is, for EventBridge does not encode it', () => {
    expect(parse(objectCreated('orders/100%+a b%2Fc é.csv', 'v1'))).toEqual({
      trigger: 'event', bucket: 'landing', key: 'orders/100%+a b%2Fc é.csv', kind: 'object', version: 'v1', requestedBy: '111111111111', force: false,
    });
  });

  it('has no version for a bucket without versions', () => {
    expect(parse(objectCreated('orders/a.csv', undefined)).version).toBeNull();
    expect(parse(objectCreated('orders/a.csv', 'null')).version).toBeNull();
  });

  it('knows the marker of a folder', () => {
    expect(parse(objectCreated('orders/2026/', 'v1')).kind).toBe('folder');
  });

  it('reads the whole prefix of the job on schedule', () => {
    expect(parse({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} })).toEqual({
      trigger: 'schedule', bucket: 'landing', key: 'orders/', kind: 'prefix', version: null, requestedBy: null, force: false,
    });
  });

  it('reads a manual request, with nulls for what was not given', () => {
    expect(parse({ trigger: 'manual', bucket: 'landing', key: 'orders/a.csv', versionId: null, requestedBy: 'arn:aws:iam::1:user/a', force: true })).toEqual({
      trigger: 'manual', bucket: 'landing', key: 'orders/a.csv', kind: 'object', version: null, requestedBy: 'arn:aws:iam::1:user/a', force: true,
    });
    expect(parse({ trigger: 'manual', bucket: 'landing', key: 'orders/' }).kind).toBe('prefix');
  });

  it.each([
    ['nothing', undefined, 'no S3 Object Created event'],
    ['text', 'orders/a.csv', 'no S3 Object Created event'],
    ['another event', { 'detail-type': 'Object Deleted', source: 'aws.s3' }, 'no S3 Object Created event'],
    ['another trigger', { trigger: 'magic', bucket: 'landing', key: 'a' }, 'no S3 Object Created event'],
    ['an event without a key', { ...objectCreated('a', 'v'), detail: { bucket: { name: 'landing' }, object: {} } }, 'detail.object.key'],
    ['an event of somebody else', { ...objectCreated('a', 'v'), source: 'my.app' }, 'source'],
    ['a manual request without a key', { trigger: 'manual', bucket: 'landing' }, 'key'],
  ])('refuses %s and says what is wrong', (_, input, words) => {
    expect(() => parse(input)).toThrow(InvalidInput);
    expect(() => parse(input)).toThrow(words);
  });
});

describe('parsePayload', () => {
  it('tells the calls from each other', () => {
    const execution = { arn: 'arn:x', startedAt: '2026-11-23T10:00:00Z' };
    expect(parsePayload({ action: 'open', job: 'orders', execution, input: {} })).toMatchObject({ kind: 'open', payload: { execution: { startedAt: new Date('2026-11-23T10:00:00Z') } } });
    expect(parsePayload({ action: 'close', job: 'orders', runId: 'r', glue: { JobRunState: 'SUCCEEDED' } }).kind).toBe('close');
    expect(parsePayload({ action: 'fail', job: 'orders', execution: { arn: 'arn:x' }, state: 'Job', error: { Error: 'E', Cause: 'c' } }).kind).toBe('fail');
    const ended = { source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail: { executionArn: 'arn:x', status: 'ABORTED' } };
    expect(parsePayload(ended).kind).toBe('ended');
    expect(() => parsePayload({ ...ended, detail: { executionArn: 'arn:x', status: 'SUCCEEDED' } })).toThrow('detail.status');
  });

  it.each([[null], [{ action: 'reopen' }], [{ action: 'open', job: 'Orders!', execution: { arn: 'a', startedAt: 'x' } }], [{}]])('refuses %j', (event) => {
    expect(() => parsePayload(event)).toThrow(InvalidInput);
  });
});

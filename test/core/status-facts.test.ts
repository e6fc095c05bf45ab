import { compareTemplate } from '../../src/core/compare-code.js';
import { readLastDeploy, readLock, toBootstrapVersion } from '../../src/core/deploy-records.js';
import { byDeployment, stackState } from '../../src/core/stack-state.js';
import { readPart, recall, type Memory } from '../../src/core/status-part.js';

it.each([
  ['CREATE_COMPLETE', 'complete'], ['UPDATE_COMPLETE', 'complete'], ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'in progress'], ['REVIEW_IN_PROGRESS', 'in progress'],
  ['CREATE_FAILED', 'failed'], ['UPDATE_ROLLBACK_FAILED', 'failed'], ['ROLLBACK_COMPLETE', 'rolled back'], ['IMPORT_ROLLBACK_COMPLETE', 'rolled back'],
])('a stack in %s is %s', (status, state) => expect(stackState(status)).toBe(state));

it('stacks are in the order of their deployment, those of jobs by name and last', () => {
  expect(['EtlB', 'Api', 'EtlA', 'Vpc'].toSorted(byDeployment)).toEqual(['Vpc', 'Api', 'EtlA', 'EtlB']);
});

describe('compareTemplate', () => {
  it('minds no order of keys, but that of lists', () => {
    expect(compareTemplate({ a: 1, b: { c: [1, 2], d: 3 } }, { b: { d: 3, c: [1, 2] }, a: 1 })).toBe('same');
    expect(compareTemplate({ a: [1, 2] }, { a: [2, 1] })).toBe('changed');
  });
  it('knows what CloudFormation does to letters that are not ASCII', () => {
    expect(compareTemplate({ d: 'naïve – yes' }, { d: 'na?ve ? yes' })).toBe('same');
    expect(compareTemplate({ d: 'naive' }, { d: 'na?ve' })).toBe('changed');
  });
  it('tells which side is missing', () => {
    expect(compareTemplate({}, undefined)).toBe('not deployed');
    expect(compareTemplate(undefined, {})).toBe('not in the code');
  });
});

describe('what a deployment left', () => {
  it('is read with what may be missing', () => {
    expect(readLock('/p', JSON.stringify({ owner: 'arn:x', since: '2026-03-10T11:00:00Z', nonce: 'n', host: 'h', pid: 1, command: 'dlp deploy' }))).toEqual({ owner: 'arn:x', since: '2026-03-10T11:00:00Z', host: 'h', pid: 1, command: 'dlp deploy', nonce: 'n', started: '' });
    expect(readLastDeploy('/p', JSON.stringify({ at: '2026-03-10T11:00:00Z', by: 'arn:x', outcome: 'failed' }))).toMatchObject({ outcome: 'failed', commit: null, clean: null, forced: false, stacks: {} });
  });
  it.each(['', 'no json', '{}', '{"owner":1}'])('is refused by name when it is something else: %s', (text) => expect(() => readLock('/dlp/dev/deploy-lock', text)).toThrow(/\/dlp\/dev\/deploy-lock is none of dlp's/));
  it('holds a version as a number', () => {
    expect(toBootstrapVersion('/v', '32')).toBe(32);
    expect(() => toBootstrapVersion('/v', 'x32')).toThrow('the parameter /v holds "x32", not a version');
  });
});

describe('a part', () => {
  it('says in which way it could not be read', async () => {
    const failing = (error: object) => readPart(1_000, async () => { throw Object.assign(new Error('boom'), error); });
    expect(await failing({ name: 'AccessDeniedException', $metadata: {} })).toMatchObject({ unread: 'no permission', code: 'ACCESS_DENIED' });
    expect(await failing({ name: 'TimeoutError', code: 'ETIMEDOUT' })).toMatchObject({ unread: 'timed out' });
    expect(await failing({ name: 'ThrottlingException', $metadata: {} })).toMatchObject({ unread: 'failed', code: 'AWS_BUSY', message: 'ThrottlingException: boom' });
    expect(await failing({ name: 'Unknown', $metadata: { httpStatusCode: 503 } })).toMatchObject({ unread: 'failed', message: 'the service answered 503' });
    expect(await readPart(20, () => new Promise(() => undefined))).toMatchObject({ unread: 'timed out', code: 'CLOUD_UNREACHABLE' });
  });

  it('is remembered for as long as it is good, unless it could not be read', async () => {
    const memory: Memory = new Map();
    let calls = 0;
    const read = async () => { calls += 1; return { value: calls }; };
    expect(await recall(memory, 'a', 100, 1_000, read)).toEqual({ value: 1 });
    expect(await recall(memory, 'a', 100, 1_099, read)).toEqual({ value: 1 });
    expect(await recall(memory, 'a', 100, 1_100, read)).toEqual({ value: 2 });
    await recall(memory, 'b', 100, 1_000, async () => ({ unread: 'failed', code: 'AWS_ERROR', message: '' }));
    expect(await recall(memory, 'b', 100, 1_001, read)).toEqual({ value: 3 });
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER_RESERVE_MS, answerCloudFormation, httpAnswering } from '../../src/lambdas/cloudformation-response.js';
import { recordAnswers, resourceEvent, seconds } from './support/custom-resource.js';
import { captureLog } from './support/log-lines.js';

const log = captureLog();

describe('answerCloudFormation', () => {
  it('answers with attributes, and keeps the id it was given', async () => {
    const { answers, answering } = recordAnswers();
    await answerCloudFormation(resourceEvent('Create'), seconds(60), answering, () => Promise.resolve({ data: { Applied: 3 } }));
    await answerCloudFormation(resourceEvent('Update'), seconds(60), answering, () => Promise.resolve({ data: { Applied: 0 } }));
    expect(answers).toMatchObject([
      { Status: 'SUCCESS', PhysicalResourceId: 'dlp-Migrations', StackId: 'arn:stack', RequestId: 'r1', LogicalResourceId: 'Migrations', Data: { Applied: 3 } },
      { Status: 'SUCCESS', PhysicalResourceId: 'the-id-of-before', Data: { Applied: 0 } },
    ]);
    expect(answers[0]).not.toHaveProperty('Reason');
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no database')), 'no database'],
    ['throws at once', () => { throw new Error('bad property'); }, 'bad property'],
    ['throws what is no error', () => { throw 'text'; }, 'text'],
    ['throws an empty message', () => { throw new Error(''); }, 'failed without a message'],
  ])('answers FAILED when the work %s', async (_, work, reason) => {
    const { answers, answering } = recordAnswers();
    await answerCloudFormation(resourceEvent('Create'), seconds(60), answering, work as never);
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: reason, PhysicalResourceId: 'dlp-Migrations' }]);
  });

  it('answers before the deadline when the work does not end, and tells the work how long it has', async () => {
    const { answers, answering } = recordAnswers();
    const started = Date.now();
    let deadline = 0;
    await answerCloudFormation(resourceEvent('Create'), { getRemainingTimeInMillis: () => ANSWER_RESERVE_MS + 300 }, answering,
      (at) => { deadline = at; return new Promise(() => undefined); });
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: 'not done within 0 s' }]);
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(deadline - started).toBeGreaterThanOrEqual(290);
    expect(deadline - started).toBeLessThan(2_000);
  });

  it('cuts a reason that CloudFormation would refuse', async () => {
    const { answers, answering } = recordAnswers();
    await answerCloudFormation(resourceEvent('Create'), seconds(60), answering, () => Promise.reject(new Error('é'.repeat(9_000))));
    expect(Buffer.byteLength(JSON.stringify(answers[0]))).toBeLessThan(4_096);
  });

  it('says so when the answer is not taken, without the presigned URL', async () => {
    const refuse = { put: () => Promise.reject(new Error('CloudFormation did not take the answer: status 403')) };
    await expect(answerCloudFormation(resourceEvent('Create'), seconds(60), refuse, () => Promise.resolve({ data: {} }))).rejects.toThrow('status 403');
    expect(log.text()).not.toContain('s3cr3t');
  });
});

describe('httpAnswering', () => {
  let server: Server;
  let statuses: number[];
  const got: { method?: string; type?: string; body: string }[] = [];
  beforeEach(async () => {
    got.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => { body += chunk; });
      request.on('end', () => {
        got.push({ method: request.method, type: request.headers['content-type'], body });
        response.writeHead(statuses.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterEach(() => { server.close(); });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/presigned?Signature=s3cr3t`;

  it('puts the answer with the empty content type that the URL was signed for, and again after an error', async () => {
    statuses = [503, 200];
    await httpAnswering.put(url(), '{"Status":"SUCCESS"}');
    const sent = { method: 'PUT', type: '', body: '{"Status":"SUCCESS"}' };
    expect(got).toEqual([sent, sent]);
  });

  it('gives up after three, and does not tell the URL', async () => {
    statuses = [403, 403, 403];
    const error = await httpAnswering.put(url(), '{}').catch((e: Error) => e);
    expect(String(error)).toBe('Error: CloudFormation did not take the answer: status 403');
    expect(got).toHaveLength(3);
  });
});

import { jest } from '@jest/globals';
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { createServer, type Server } from 'node:http';
import { Patience } from '../../src/aws/patience.js';

type Info = Parameters<Patience['refreshRetryTokenForRetry']>[1];

/** How often a call would be sent, and how many milliseconds it would take, if each attempt failed like this at once. */
async function holdsOut(failure: Info): Promise<{ attempts: number; milliseconds: number }> {
  const patience = new Patience();
  const begun = Date.now();
  let now = begun;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
  try {
    let token = await patience.acquireInitialRetryToken();
    for (let attempts = 1; ; attempts += 1) {
      try {
        token = await patience.refreshRetryTokenForRetry(token, failure);
      } catch {
        return { attempts, milliseconds: now - begun };
      }
      expect(token.getRetryCount()).toBe(attempts);
      now += token.getRetryDelay();
    }
  } finally {
    clock.mockRestore();
  }
}

const failed = (errorType: Info['errorType'], error: { name?: string; code?: string; $metadata?: { httpStatusCode: number } }, retryAfterHint?: Date): Info => ({ errorType, error: Object.assign(new Error('failed'), error) as Info['error'], ...(retryAfterHint && { retryAfterHint }) } as Info);

describe('what our clients do when a call fails', () => {
  it.each([
    ['throttled', failed('THROTTLING', { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } })],
    ['unavailable', failed('TRANSIENT', { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } })],
  ])('%s: asks for about a minute, and never more than every few seconds', async (_, failure) => {
    const { attempts, milliseconds } = await holdsOut(failure);
    expect(milliseconds).toBeGreaterThan(50_000);
    expect(milliseconds).toBeLessThanOrEqual(60_000);
    expect(attempts).toBeLessThan(35);
  });

  it.each([
    ['an internal error', failed('TRANSIENT', { $metadata: { httpStatusCode: 500 } }), 5],
    ['a broken connection', failed('TRANSIENT', { code: 'ECONNRESET' }), 5],
    ['nobody listens', failed('TRANSIENT', { code: 'ECONNREFUSED' }), 3],
    ['no such name', failed('TRANSIENT', { code: 'ENOTFOUND' }), 3],
    ['a refusal', failed('CLIENT_ERROR', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }), 1],
  ])('%s ends it soon', async (_, failure, attempts) => {
    const result = await holdsOut(failure);
    expect(result.attempts).toBe(attempts);
    expect(result.milliseconds).toBeLessThan(2_000);
  });

  it('waits as long as the service asks, within reason', async () => {
    const patience = new Patience();
    const wait = async (seconds: number) => (await patience.refreshRetryTokenForRetry(await patience.acquireInitialRetryToken(), failed('THROTTLING', {}, new Date(Date.now() + seconds * 1_000)))).getRetryDelay();
    expect(await wait(2)).toBeGreaterThan(1_500);
    expect(await wait(600)).toBeLessThanOrEqual(5_000);
  });
});

describe('a client of the SDK with it', () => {
  let server: Server;
  let calls = 0;
  const answers: number[] = [];
  beforeAll(async () => {
    server = createServer((_, outgoing) => {
      calls += 1;
      const status = answers.shift() ?? 200;
      outgoing.writeHead(status, { 'content-type': 'text/xml' });
      outgoing.end(status === 200
        ? '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'
        : '<ErrorResponse><Error><Code>ServiceUnavailable</Code><Message>later</Message></Error></ErrorResponse>');
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterAll(() => { server.closeAllConnections(); server.close(); });
  const client = () => new STSClient({
    region: 'eu-west-2', endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, retryStrategy: new Patience(),
  });

  it('comes through more refusals than the stock strategy allows', async () => {
    answers.push(503, 503, 503, 503);
    calls = 0;
    expect((await client().send(new GetCallerIdentityCommand({}))).Account).toBe('111111111111');
    expect(calls).toBe(5);
  });

  it('gives the failure itself when it is final', async () => {
    answers.push(403);
    calls = 0;
    await expect(client().send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ServiceUnavailable', $metadata: { httpStatusCode: 403 } });
    expect(calls).toBe(1);
  });
});

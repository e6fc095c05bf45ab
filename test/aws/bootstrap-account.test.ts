import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsBootstrapAccount } from '../../src/aws/bootstrap-account.js';

/** Answers of AWS that the emulator never gives. */
describe('an account as the bootstrap sees it', () => {
  let server: Server;
  let seen: IncomingMessage[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  let account: AwsBootstrapAccount;

  beforeAll(async () => {
    server = createServer((request, response) => { seen.push(request); request.resume().once('end', () => answer(request, response)); });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const { port } = server.address() as AddressInfo;
    account = new AwsBootstrapAccount({ region: 'eu-west-2', endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } as never, maxAttempts: 1, source: { kind: 'local' } as never });
  });
  beforeEach(() => { seen = []; });
  afterAll(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));

  const refuse = (status: number, body = '') => { answer = (_, response) => { response.writeHead(status, { 'content-type': 'text/xml' }).end(body); }; };

  it('says why a role cannot be assumed', async () => {
    refuse(403, '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x is not authorized</Message></Error></ErrorResponse>');
    expect(await account.assume('arn:aws:iam::111111111111:role/cdk', false)).toBe('AccessDenied: User: x is not authorized');
    expect(seen).toHaveLength(1);
  });

  it('does not take a broken connection for a refusal', async () => {
    answer = (request) => request.socket.destroy();
    await expect(account.assume('arn:aws:iam::111111111111:role/cdk', false)).rejects.toThrow();
  });

  it.each([403, 404])('takes a bucket that is not the account\'s for none (%d)', async (status) => {
    refuse(status);
    expect(await account.bucket('cdk-hnb659fds-assets-111111111111-eu-west-2', '111111111111')).toBeUndefined();
    expect(seen[0]!.headers['x-amz-expected-bucket-owner']).toBe('111111111111');
  });

  it('sees a bucket without any of its settings', async () => {
    answer = (request, response) => {
      if (request.method === 'HEAD') response.writeHead(200).end();
      else if (request.url!.includes('versioning')) response.writeHead(200, { 'content-type': 'application/xml' }).end('<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
      else response.writeHead(404, { 'content-type': 'application/xml' }).end(`<Error><Code>${request.url!.includes('encryption') ? 'ServerSideEncryptionConfigurationNotFoundError' : 'NoSuchPublicAccessBlockConfiguration'}</Code><Message>none</Message></Error>`);
    };
    expect(await account.bucket('b', '111111111111')).toEqual({ algorithm: undefined, key: undefined, publicAccessBlocked: false, versioned: false });
  });
});

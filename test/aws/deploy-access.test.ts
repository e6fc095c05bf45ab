import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BootstrapAccess } from '../../src/aws/deploy-access.js';

/** Answers as STS and the Parameter Store do; the emulator never refuses a role. */
describe('BootstrapAccess', () => {
  let server: Server;
  let refused = '';
  let parameter: { status: number; body: object };
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
      request.on('end', () => {
        if (request.headers['x-amz-target']) {
          response.writeHead(parameter.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(parameter.body));
        } else if (refused !== '' && body.includes(refused)) {
          response.writeHead(403, { 'content-type': 'text/xml' }).end('<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>is not authorized to perform sts:AssumeRole</Message></Error></ErrorResponse>');
        } else {
          response.writeHead(200, { 'content-type': 'text/xml' }).end('<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>B</SecretAccessKey><SessionToken>C</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>');
        }
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterAll(() => new Promise((resolve) => { server.close(resolve); }));
  const access = () => new BootstrapAccess('hnb659fds', { region: 'eu-west-2', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 } as never);

  it('names the roles that cannot be assumed, each once, with the reason', async () => {
    refused = 'deploy-role';
    const roles = ['arn:aws:iam::111111111111:role/cdk-deploy-role', 'arn:aws:iam::111111111111:role/cdk-lookup-role', 'arn:aws:iam::111111111111:role/cdk-deploy-role'];
    expect(await access().refusedRoles(roles)).toEqual([{ role: roles[0], reason: 'is not authorized to perform sts:AssumeRole' }]);
    refused = '';
    expect(await access().refusedRoles(roles)).toEqual([]);
  });

  it('tells the version of the bootstrap, and that there is none', async () => {
    parameter = { status: 200, body: { Parameter: { Value: '31' } } };
    expect(await access().bootstrapVersion()).toBe(31);
    parameter = { status: 400, body: { __type: 'ParameterNotFound' } };
    expect(await access().bootstrapVersion()).toBeUndefined();
    parameter = { status: 400, body: { __type: 'AccessDeniedException' } };
    await expect(access().bootstrapVersion()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

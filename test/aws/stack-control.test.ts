import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudFormationControl } from '../../src/aws/stack-control.js';

/** Answers as CloudFormation does; the emulator makes most stacks in one go. */
describe('CloudFormationControl', () => {
  let server: Server;
  let statuses: string[];
  let looks: number;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
      request.on('end', () => {
        const action = new URLSearchParams(body).get('Action');
        // Events are only more detail: that they cannot be read must not end the waiting.
        if (action !== 'DescribeStacks') return answer(403, '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>');
        looks += 1;
        const status = statuses.length > 1 ? statuses.shift() : statuses[0];
        if (status === 'gone') return answer(400, '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id Dev-Vpc does not exist</Message></Error></ErrorResponse>');
        return answer(200, `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Dev-Vpc</StackName><StackStatus>${status}</StackStatus><CreationTime>2030-01-01T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`);
      });
      const answer = (code: number, text: string) => void response.writeHead(code, { 'content-type': 'text/xml' }).end(text);
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterAll(() => new Promise((resolve) => { server.close(resolve); }));

  const settled = async (...seen: string[]) => {
    statuses = seen;
    looks = 0;
    const said: string[] = [];
    const control = new CloudFormationControl({ region: 'eu-west-2', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 } as never, { pollMs: 1 });
    return { status: await control.settled('Dev-Vpc', (text) => said.push(text)), said, looks };
  };

  it('waits for the end of a stack in progress, and says meanwhile how it is', async () => {
    expect(await settled('UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE')).toEqual({
      status: 'UPDATE_ROLLBACK_COMPLETE', said: ['UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'], looks: 3,
    });
  });

  it('waits for a stack that is being deleted until it is gone', async () => {
    expect(await settled('DELETE_IN_PROGRESS', 'gone')).toEqual({ status: undefined, said: ['DELETE_IN_PROGRESS'], looks: 2 });
  });

  it('does not wait for a stack that was never made: nobody works on it', async () => {
    expect(await settled('REVIEW_IN_PROGRESS')).toEqual({ status: 'REVIEW_IN_PROGRESS', said: [], looks: 1 });
  });
});

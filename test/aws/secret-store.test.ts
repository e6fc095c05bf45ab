import { createServer, type Server } from 'node:http';
import { inspect } from 'node:util';
import { SecretsManagerStore } from '../../src/aws/secret-store.js';
import { toDlpError } from '../../src/core/known-errors.js';
import { SecretValue } from '../../src/core/secret-value.js';

interface Asked { readonly action: string; readonly body: Record<string, unknown> }
type Answer = (asked: Asked) => { status?: number; body: object };

/** A stand-in for Secrets Manager that answers as a test says: pages, odd states and errors that the emulator does not have. */
describe('SecretsManagerStore', () => {
  let server: Server;
  let store: SecretsManagerStore;
  let answer: Answer;
  const asked: Asked[] = [];

  beforeAll(async () => {
    server = createServer(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const call = { action: String(incoming.headers['x-amz-target']).split('.')[1]!, body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown> };
      asked.push(call);
      const { status = 200, body } = answer(call);
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'request-1' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const { port } = server.address() as { port: number };
    store = new SecretsManagerStore({ region: 'eu-west-2', endpoint: `http://127.0.0.1:${port}`, credentials: async () => ({ accessKeyId: '111111111111', secretAccessKey: 'x' }), maxAttempts: 1, source: { kind: 'local' } as never });
  });
  beforeEach(() => { asked.length = 0; });
  afterAll(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }));

  it('dates a secret by its current version, on whatever page, and not by the last change to it', async () => {
    answer = ({ action, body }) => {
      if (action === 'DescribeSecret') return { body: { ARN: 'arn', Name: 'a', KmsKeyId: 'k', LastChangedDate: 1_800_000_000, Tags: [{ Key: 'x', Value: 'y' }] } };
      if (body['NextToken']) return { body: { Versions: [{ VersionId: '2', VersionStages: ['AWSCURRENT'], CreatedDate: 1_700_000_000 }] } };
      return { body: { Versions: [{ VersionId: '1', VersionStages: ['AWSPREVIOUS'], CreatedDate: 1_600_000_000 }], NextToken: 'more' } };
    };
    expect(await store.describe('a')).toEqual({ arn: 'arn', description: '', key: 'k', tags: { x: 'y' }, setAt: '2023-11-14T22:13:20.000Z', deletesAt: undefined });
  });

  it('knows a secret that has no value', async () => {
    answer = ({ action }) => ({ body: action === 'DescribeSecret' ? { ARN: 'arn', Name: 'a' } : { Versions: [] } });
    expect(await store.describe('a')).toMatchObject({ setAt: undefined, key: undefined });
  });

  it('asks for no versions of a secret that is being deleted', async () => {
    answer = () => ({ body: { ARN: 'arn', Name: 'a', DeletedDate: 1_700_000_000 } });
    expect(await store.describe('a')).toMatchObject({ deletesAt: '2023-11-14T22:13:20.000Z', setAt: undefined });
    expect(asked.map(({ action }) => action)).toEqual(['DescribeSecret']);
  });

  it('tells a secret that is not there from one that may not be seen', async () => {
    answer = () => ({ status: 400, body: { __type: 'ResourceNotFoundException', message: 'no' } });
    expect(await store.describe('a')).toBeUndefined();
    answer = () => ({ status: 400, body: { __type: 'AccessDeniedException', message: 'no' } });
    expect(toDlpError(await store.describe('a').catch((error: unknown) => error)).code).toBe('ACCESS_DENIED');
  });

  it('lists every page below the prefix, also what is being deleted', async () => {
    answer = ({ body }) => (body['NextToken']
      ? { body: { SecretList: [{ Name: 'dlp/dev/a', DeletedDate: 1_700_000_000 }, { Name: 'x/dlp/dev/c' }] } }
      : { body: { SecretList: [{ Name: 'dlp/dev/b' }], NextToken: 'more' } });
    expect(await store.list('dlp/dev/')).toEqual([{ id: 'dlp/dev/a', deleting: true }, { id: 'dlp/dev/b', deleting: false }]);
    expect(asked[0]!.body).toMatchObject({ IncludePlannedDeletion: true, Filters: [{ Key: 'name', Values: ['dlp/dev/'] }] });
  });

  it('sends only what is to change', async () => {
    answer = () => ({ body: {} });
    await store.update('a', { description: 'd' });
    await store.update('a', { value: SecretValue.ofText('a', 'v') });
    const bodies = asked.map(({ body }) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'ClientRequestToken')));
    expect(bodies).toEqual([{ SecretId: 'a', Description: 'd' }, { SecretId: 'a', SecretString: 'v' }]);
  });

  const canary = 'canary-"5d1f"\\0c3e9a77';
  const write: Readonly<Record<string, () => Promise<void>>> = {
    create: () => store.create({ id: 'a', description: '', keyArn: 'k', tags: {}, value: SecretValue.ofText('a', canary) }),
    update: () => store.update('a', { value: SecretValue.ofText('a', canary) }),
  };
  it.each(Object.entries(write))('lets no error of %s repeat the value, and keeps its name and numbers', async (_, send) => {
    answer = ({ body }) => ({ status: 400, body: { __type: 'InvalidParameterException', message: `Value '${String(body['SecretString'])}' at 'secretString' failed` } });
    const error = await send().catch((thrown: unknown) => thrown);
    expect(asked[0]!.body['SecretString']).toBe(canary);
    const everything = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error) + (error as Error).stack + inspect(toDlpError(error), { depth: Infinity, showHidden: true });
    expect(everything).not.toContain('canary');
    expect(everything).not.toContain('0c3e9a77');
    expect(toDlpError(error)).toMatchObject({ code: 'AWS_ERROR', message: expect.stringMatching(/^InvalidParameterException: .*withheld/) });
    expect(error).toMatchObject({ name: 'InvalidParameterException', $metadata: { httpStatusCode: 400, requestId: 'request-1' } });
  });

  it('passes on what an error says when it repeats nothing', async () => {
    answer = () => ({ status: 400, body: { __type: 'AccessDeniedException', message: 'User is not authorized to perform: kms:GenerateDataKey' } });
    expect(toDlpError(await write['update']!().catch((error: unknown) => error))).toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining('kms:GenerateDataKey') });
  });
});

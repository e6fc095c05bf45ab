// The functions as they are deployed: one file each, far from node_modules, on a plain Node, with the real AWS client,
// a database that speaks TLS only, and CloudFormation's answer over HTTP.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { isBuiltin } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { type Certificates, makeCertificates } from './support/certificates.js';
import { resourceEvent } from './support/custom-resource.js';
import { MIGRATIONS } from './support/mart.js';

const NAMES = ['job-auditor', 'lake-api', 'lake-files', 'mart-migrations', 'mart-query'];
let folder: string;
let certificates: Certificates;
let server: TestPostgres;
let outside: Server;
let outsideUrl: string;
let answers: any[];
const outsiders = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dlp-bundles-'));
  certificates = await makeCertificates();
  // With the options of scripts/build.mjs.
  await Promise.all(NAMES.map(async (name) => {
    const { metafile } = await build({
      entryPoints: [fileURLToPath(new URL(`../../src/lambdas/${name}/handler.ts`, import.meta.url))], outfile: join(folder, name, 'index.mjs'),
      bundle: true, platform: 'node', target: 'node24', format: 'esm', minify: true, logLevel: 'error', metafile: true, external: ['pg-native'],
      banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    });
    outsiders.set(name, Object.values(metafile.outputs).flatMap(({ imports }) => imports).filter(({ external }) => external).map(({ path }) => path));
  }));
  await cp(MIGRATIONS, join(folder, 'mart-migrations', 'migrations'), { recursive: true });
  server = await startPostgres({ tls: certificates });
  // Secrets Manager and CloudFormation's bucket.
  outside = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      if (request.method === 'PUT') answers.push(JSON.parse(body));
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue' ? JSON.stringify({ SecretString: JSON.stringify({ username: server.user, password: server.password }) }) : '');
    });
  });
  await new Promise<void>((resolve) => { outside.listen(0, '127.0.0.1', resolve); });
  outsideUrl = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
});
afterAll(async () => {
  outside.close();
  await server.stop();
  await certificates.remove();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => { answers = []; });

/** Calls the handler of a bundle in a process of its own; returns what it answered. */
async function invoke(name: string, event: unknown, variables: Record<string, string>): Promise<{ answer: any; output: string }> {
  const script = `const { handler } = await import(process.argv[1]);
    const answer = await handler(JSON.parse(process.argv[2]), { getRemainingTimeInMillis: () => 25000 });
    process.stdout.write('\\nANSWER ' + JSON.stringify(answer ?? null));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, join(folder, name, 'index.mjs'), JSON.stringify(event)], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'], DLP_ENV: 'dev', GOLD_BUCKET: 'gold', LANDING_BUCKET: 'landing', MART_HOST: '127.0.0.1', MART_PORT: String(server.port), MART_DATABASE: 'mart',
      MART_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:mart', AWS_ENDPOINT_URL: outsideUrl, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', ...variables,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += String(chunk); });
  await new Promise((resolve) => child.once('close', resolve));
  const found = /\nANSWER (.*)$/.exec(output)?.[1];
  return { answer: found === undefined ? undefined : JSON.parse(found), output };
}

const trusting = () => ({ NODE_EXTRA_CA_CERTS: certificates.authorityFile });
const migrate = async (variables: Record<string, string>) => {
  const { output } = await invoke('mart-migrations', { ...resourceEvent('Create', { MigrationsHash: 'h' }), ResponseURL: `${outsideUrl}/answer?Signature=s3cr3t` }, variables);
  expect(output).not.toContain(server.password);
  expect(output).not.toContain('s3cr3t');
  return answers;
};

describe('the bundles', () => {
  it.each(NAMES)('%s needs nothing but Node', (name) => {
    // Of pg: its native variant is loaded on demand, which is never; the sockets of Cloudflare's workers likewise.
    expect(outsiders.get(name)?.filter((path) => !isBuiltin(path) && path !== 'pg-native' && path !== 'cloudflare:sockets')).toEqual([]);
  });

  it('refuse a database whose certificate nobody vouches for', async () => {
    expect(await migrate({})).toMatchObject([{ Status: 'FAILED', Reason: expect.stringMatching(/certificate/) }]);
  });

  it('refuse a database whose certificate is for another host', async () => {
    expect(await migrate({ ...trusting(), MART_HOST: 'localhost' })).toMatchObject([{ Status: 'FAILED', Reason: expect.stringMatching(/does not match certificate/) }]);
  });

  it('migrate over TLS, with the migrations beside the bundle, then query and answer the API', async () => {
    expect(await migrate(trusting())).toMatchObject([{ Status: 'SUCCESS', Data: { Applied: 3 } }]);
    expect((await invoke('mart-query', { sql: 'SELECT 1 AS one' }, trusting())).answer).toEqual({ columns: [{ name: 'one', type: 'integer' }], rows: [[1]], truncated: false });
    expect((await invoke('lake-api', { httpMethod: 'GET', path: '/runs' }, trusting())).answer).toMatchObject({ statusCode: 200, body: '{"runs":[]}' });
    const ended = { source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail: { executionArn: 'arn:x', status: 'FAILED' } };
    expect((await invoke('job-auditor', ended, trusting())).answer).toEqual({ closed: 0 });
  });

  it('lays down files', async () => {
    await invoke('lake-files', { ...resourceEvent('Create', { Files: '[]' }), ResponseURL: outsideUrl }, {});
    expect(answers).toMatchObject([{ Status: 'SUCCESS', Data: { Written: 0, Present: 0 } }]);
  });
});

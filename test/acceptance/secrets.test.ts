import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import {
  DeleteSecretCommand, DescribeSecretCommand, GetSecretValueCommand, ListSecretVersionIdsCommand, SecretsManagerClient, UpdateSecretCommand, CreateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { caseNames, createAwsSandbox, dlp, inTerminal, runCase } from './harness.js';

const DECLARED = {
  local: { 'api-key': 'opens the door' },
  dev: { 'github-token': 'reads the repositories', 'slack-webhook': 'tells people' },
  test: { 'github-token': 'reads the repositories' },
  prod: { 'github-token': 'reads the repositories' },
};
const TOKEN = 'dlp/dev/github-token';
const WEBHOOK = 'dlp/dev/slack-webhook';

interface Report { inOrder: boolean; secrets: { name: string; state: string; ageDays: number; underLakeKey: boolean }[]; undeclared: object[] }

/** Secrets of accounts of the emulator; cases build on each other, in the order of their names, and the tests below on them. */
describe('dlp configure-secrets', () => {
  let sandbox: Awaited<ReturnType<typeof createAwsSandbox>>;
  let client: SecretsManagerClient;

  beforeAll(async () => {
    const made = await createAwsSandbox();
    // A home and temporary directory of its own: the search for a value below must see all that dlp could write.
    const own = { HOME: path.join(made.directory, 'home'), TMPDIR: path.join(made.directory, 'tmp') };
    await Promise.all(Object.values(own).map((directory) => mkdir(directory)));
    sandbox = { ...made, env: { ...made.env, ...own } };
    await declareSecrets(sandbox.workspace);
    // The key that secrets are kept under; prod stays without.
    for (const command of ['local up', 'deploy --env local S3BucketZones', ...['dev', 'test'].flatMap((name) => [`bootstrap --env ${name}`, `deploy --env ${name} S3BucketZones`])]) {
      const done = await dlp(sandbox.workspace, command.split(' '), { env: { ...sandbox.env, DLP_YES: 'true' } });
      if (done.exitCode !== 0) throw new Error(done.stderr);
    }
    sandbox.proxy.takeWrites();
    // Not through the proxy: what a test asks is not what dlp asked.
    client = new SecretsManagerClient({ region: 'eu-west-2', endpoint: `http://127.0.0.1:${sandbox.port}`, credentials: { accessKeyId: '111111111111', secretAccessKey: 'x' } });
  }, 120_000);

  afterAll(async () => {
    client?.destroy();
    await dlp(sandbox.workspace, ['local', 'down'], { env: sandbox.env });
    await sandbox.dispose();
  }, 60_000);

  const run = (args: readonly string[], input?: string, env: Record<string, string> = {}) =>
    dlp(sandbox.workspace, ['configure-secrets', '--env', 'dev', ...args], { env: { ...sandbox.env, ...env }, ...(input !== undefined && { input }) });
  const check = async () => {
    const { stdout, exitCode } = await run(['--check', '--json']);
    return { exitCode, ...JSON.parse(stdout) as { ok: boolean; result: Report } };
  };
  const valueOf = async (id: string, stage = 'AWSCURRENT') => (await client.send(new GetSecretValueCommand({ SecretId: id, VersionStage: stage }))).SecretString;

  it.each(caseNames('secrets'))('%s', (name) => runCase('secrets', name, sandbox), 300_000);

  it('stored what it was given, under the key and with the tags of the lake, and kept the value before', async () => {
    expect(await valueOf(TOKEN)).toBe('hunter4');
    expect(await valueOf(TOKEN, 'AWSPREVIOUS')).toBe('hunter3');
    expect(await valueOf(WEBHOOK)).toBe('https://hooks.example.com/hunter2');
    const secret = await client.send(new DescribeSecretCommand({ SecretId: TOKEN }));
    expect(secret).toMatchObject({ Description: 'reads the repositories', KmsKeyId: expect.stringMatching(/^arn:aws:kms:eu-west-2:111111111111:key\//) });
    expect(secret.Tags).toEqual(expect.arrayContaining([{ Key: 'Environment', Value: 'dev' }, { Key: 'ManagedBy', Value: 'dlp' }, { Key: 'Project', Value: 'data-lake' }]));
  });

  it('asks on a terminal, shows stars for what is typed, and leaves a secret at Enter', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [['github-token', '\r'], ['slack-webhook', 'typed-by-hand\r']], ['configure-secrets', '--env', 'dev']);
    const shown = stripVTControlCharacters(screen);
    expect(shown).toMatch(/github-token \(reads the repositories\), set on \d{4}-\d\d-\d\d\. New value, Enter to leave it:/);
    expect(shown).toContain('*'.repeat('typed-by-hand'.length));
    expect(shown).not.toContain('typed-by-hand');
    expect(shown).toMatch(/github-token: left as it is\r?\n\s*~ dlp\/dev\/slack-webhook: new version/);
    expect(exitCode).toBe(0);
    expect(await valueOf(WEBHOOK)).toBe('typed-by-hand');
    expect(await valueOf(TOKEN)).toBe('hunter4');
  });

  it('wants a value for what is to be rotated, and writes nothing at Ctrl-C', async () => {
    sandbox.proxy.takeWrites();
    const { exitCode, screen } = await inTerminal(sandbox, [['New value:', '\r'], ['is empty', '\u0003']], ['configure-secrets', '--env', 'dev', '--rotate', 'github-token']);
    expect(stripVTControlCharacters(screen)).toContain('nothing was changed');
    expect(exitCode).toBe(4);
    expect(sandbox.proxy.takeWrites()).toEqual([]);
  });

  it('asks for approval in test, and takes Enter for no', async () => {
    sandbox.proxy.takeWrites();
    const { exitCode, screen } = await inTerminal(sandbox, [['github-token', 'typed-by-hand\r'], ['(y/N)', '\r']], ['configure-secrets', '--env', 'test']);
    expect(stripVTControlCharacters(screen)).toContain('set this secret in test (account 222222222222)?');
    expect(exitCode).toBe(4);
    expect(sandbox.proxy.takeWrites()).toEqual([]);
  });

  it('reads no terminal as standard input, where what is typed would show', async () => {
    const { exitCode, screen } = await inTerminal(sandbox, [], ['configure-secrets', '--env', 'dev', '--from-stdin', 'github-token']);
    expect(screen).toContain('standard input is a terminal');
    expect(exitCode).toBe(2);
  });

  it('restores a secret in its deletion window, and only with a value', async () => {
    await client.send(new DeleteSecretCommand({ SecretId: TOKEN, RecoveryWindowInDays: 7 }));
    expect(await check()).toMatchObject({ exitCode: 1, ok: false, result: { inOrder: false, secrets: [{ state: 'deleting' }, { state: 'set' }] } });
    sandbox.proxy.takeWrites();
    const left = await inTerminal(sandbox, [['github-token', '\r'], ['slack-webhook', '\r']], ['configure-secrets', '--env', 'dev']);
    expect(left.exitCode).toBe(0);
    expect(sandbox.proxy.takeWrites()).toEqual([]);
    const { exitCode, stdout } = await run(['--from-stdin', 'github-token', '--json'], 'back again\n');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).result.secrets).toEqual([{ name: 'github-token', id: TOKEN, done: ['restore', 'new version'], missing: false }]);
    expect(sandbox.proxy.takeWrites()).toEqual(['RestoreSecret', 'UpdateSecret']);
    expect(await valueOf(TOKEN)).toBe('back again');
    expect((await check()).result.inOrder).toBe(true);
  });

  it('brings a secret under the key of the lake, with its description, without a new value', async () => {
    const { KmsKeyId } = await client.send(new DescribeSecretCommand({ SecretId: TOKEN }));
    const versions = async () => (await client.send(new ListSecretVersionIdsCommand({ SecretId: TOKEN }))).Versions;
    const before = await versions();
    await client.send(new UpdateSecretCommand({ SecretId: TOKEN, KmsKeyId: 'alias/somebody', Description: 'by hand' }));
    expect((await check()).result.secrets[0]).toMatchObject({ state: 'set', underLakeKey: false });
    const { screen } = await inTerminal(sandbox, [['github-token', '\r'], ['slack-webhook', '\r']], ['configure-secrets', '--env', 'dev']);
    expect(stripVTControlCharacters(screen)).toContain(`~ ${TOKEN}: re-key, description`);
    expect(await client.send(new DescribeSecretCommand({ SecretId: TOKEN }))).toMatchObject({ KmsKeyId, Description: 'reads the repositories' });
    expect(await versions()).toEqual(before);
    expect((await check()).result.secrets[0]).toMatchObject({ state: 'set', underLakeKey: true });
  });

  it('names what is in AWS and not in dlp.yaml', async () => {
    await client.send(new CreateSecretCommand({ Name: 'dlp/dev/left-over', SecretString: 'x' }));
    await client.send(new CreateSecretCommand({ Name: 'other/dlp/dev/not-ours', SecretString: 'x' }));
    const { stdout, exitCode } = await run(['--check']);
    expect(stdout).toContain('not in dlp.yaml: dlp/dev/left-over');
    expect(stdout).not.toContain('not-ours');
    expect(exitCode).toBe(0);
    await client.send(new DeleteSecretCommand({ SecretId: 'dlp/dev/left-over' }));
    expect((await check()).result.undeclared).toEqual([{ id: 'dlp/dev/left-over', deleting: true }]);
  });

  it('calls a secret old by the date of its value, not by later changes to it', async () => {
    await dlp(sandbox.workspace, ['local', 'down'], { env: sandbox.env });
    // Nobody can wait a month: what the emulator wrote down is made older.
    const file = path.join(sandbox.workspace, '.dlp/local/emulator/secretsmanager.json');
    const { payload, ...rest } = JSON.parse(await readFile(file, 'utf8')) as { payload: { secrets: { data: Record<string, { Name: string; Versions: Record<string, { CreatedDate: number }> }> } } };
    const token = Object.values(payload.secrets.data).find(({ Name }) => Name === TOKEN)!;
    for (const version of Object.values(token.Versions)) version.CreatedDate -= 31 * 86_400;
    await writeFile(file, JSON.stringify({ ...rest, payload }));
    await dlp(sandbox.workspace, ['local', 'up'], { env: sandbox.env });
    await client.send(new UpdateSecretCommand({ SecretId: TOKEN, Description: 'reads the repositories' }));
    const { exitCode, stdout } = await run(['--check']);
    expect(stdout).toMatch(/github-token +old +\S+ +31 of 30 days +lake/);
    expect(stdout).toContain('older than dlp.yaml allows: github-token; `dlp configure-secrets --env dev --rotate NAME`');
    expect(exitCode).toBe(1);
    await run(['--rotate', 'github-token', '--from-stdin', 'github-token'], 'young');
    expect((await check()).exitCode).toBe(0);
  }, 120_000);

  describe('the value', () => {
    const canary = 'canary-5d1f0c3e9a77"\\with \u00e4 and / in it';
    const parts = ['canary-5d1f0c3e9a77', Buffer.from('canary-5d1f0c3e9a77').toString('base64').slice(0, 20)];
    const verbose = { DEBUG: '*', NODE_DEBUG: 'http' };
    const said: string[] = [];
    const remember = ({ stdout, stderr }: { stdout: string; stderr: string }) => { said.push(stdout, stderr); };

    it('is nowhere but in Secrets Manager, whatever happens and however much is logged', async () => {
      const file = path.join(sandbox.directory, 'given-by-the-caller');
      await writeFile(file, canary);
      await chmod(file, 0o644);
      const good = await run(['--from-stdin', 'github-token'], canary, verbose);
      expect(good.exitCode).toBe(0);
      expect(await valueOf(TOKEN)).toBe(canary);
      remember(good);
      remember(await run(['--rotate', 'slack-webhook', '--from-file', `slack-webhook=${file}`, '--json'], undefined, verbose));
      remember(await run(['--check', '--json'], undefined, verbose));
      remember(await run(['--from-stdin', 'github-token', '--profile', 'lake-other'], canary, verbose));
      remember(await run(['--from-stdin', 'github-token', '--json'], canary.repeat(2_000), verbose));
      remember(await run(['--from-stdin', 'github-token'], canary, { ...verbose, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }));
      remember(await dlp(sandbox.workspace, ['configure-secrets', '--env', 'test', '--from-stdin', 'github-token', '--json'], { env: { ...sandbox.env, ...verbose }, input: canary }));
      remember(await dlp(sandbox.workspace, ['synth', '--env', 'dev'], { env: { ...sandbox.env, ...verbose } }));
      const errorFrom = async (onWrite: 'repeat' | 'hang up') => {
        const proxy = await startHostileProxy(sandbox.port, onWrite);
        const failed = await run(['--from-stdin', 'github-token', '--json'], canary, { AWS_ENDPOINT_URL: proxy.url });
        remember(await run(['--from-stdin', 'github-token'], canary, { ...verbose, AWS_ENDPOINT_URL: proxy.url }));
        await proxy.close();
        remember(failed);
        expect(failed.exitCode).toBe(3);
        expect(proxy.received()).toContain(parts[0]);
        return JSON.parse(failed.stdout).error as { code: string; message: string };
      };
      expect(await errorFrom('repeat')).toMatchObject({ code: 'AWS_ERROR', message: expect.stringMatching(/^dlp\/dev\/github-token: InvalidParameterException: .*withheld/) });
      expect(await errorFrom('hang up')).toMatchObject({ code: 'CLOUD_UNREACHABLE' });
      expect(said.join('').length).toBeGreaterThan(10_000); // the debug output is there to be searched
      for (const part of parts) expect(said.join('\n')).not.toContain(part);
      const state = path.join(sandbox.workspace, '.dlp/local');
      const found = await filesWith(sandbox.directory, parts, (name) => name === file || (name.startsWith(state) && !name.startsWith(path.join(state, 'logs'))));
      expect(found).toEqual([]);
      // The search does find it where it is.
      expect(await filesWith(sandbox.directory, parts, () => false)).toContain(file);
    });

    it('was never asked back from AWS', () => {
      const asked = sandbox.proxy.calls.map(({ action }) => action);
      expect(asked).toEqual(expect.arrayContaining(['DescribeSecret', 'ListSecrets', 'ListSecretVersionIds', 'UpdateSecret']));
      expect(asked.filter((action) => /GetSecretValue|GetRandomPassword/.test(action))).toEqual([]);
    });
  });
});

async function declareSecrets(workspace: string): Promise<void> {
  const file = path.join(workspace, 'dlp.yaml');
  let text = await readFile(file, 'utf8');
  for (const [environment, secrets] of Object.entries(DECLARED)) {
    const lines = Object.entries(secrets).map(([name, description]) => `      ${name}: { description: ${description}, maxAgeDays: 30 }\n`);
    text = text.replace(`\n  ${environment}:\n`, `\n  ${environment}:\n    secrets:\n${lines.join('')}`);
  }
  await writeFile(file, text);
}

/** In front of the emulator; every UpdateSecret is refused with all that was sent in the message, or is never answered. */
async function startHostileProxy(port: number, onWrite: 'repeat' | 'hang up'): Promise<{ url: string; received: () => string; close: () => Promise<void> }> {
  let last = '';
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (!String(incoming.headers['x-amz-target']).endsWith('.UpdateSecret')) {
      request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => { outgoing.writeHead(answer.statusCode!, answer.headers); answer.pipe(outgoing); }).end(body);
      return;
    }
    last = body.toString();
    if (onWrite === 'hang up') incoming.socket.destroy();
    else outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: 'InvalidParameterException', message: `invalid: ${String(JSON.parse(last).SecretString)} in ${last}` }));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, received: () => last,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve()); }),
  };
}

/** Files below a directory that hold one of the texts, except those that `skip` names. */
async function filesWith(directory: string, texts: readonly string[], skip: (name: string) => boolean): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)).filter((name) => !skip(name));
  const held = await Promise.all(names.map(async (name) => { const bytes = await readFile(name); return texts.some((text) => bytes.includes(text)) ? name : undefined; }));
  return held.filter((name) => name !== undefined);
}

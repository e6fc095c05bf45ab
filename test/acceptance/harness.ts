// Golden cases: a folder holds `script` (bash; `dlp` is the built binary) and `output.txt`, all that the script printed,
// with what differs from run to run replaced by its name. UPDATE=1 writes output.txt anew.
import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { startRecordingProxy, type RecordingProxy } from '../support/recording-proxy.js';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const CASES = import.meta.dirname;

export interface Sandbox {
  /** Holds the workspace and the state of its local cloud. */
  readonly directory: string;
  readonly workspace: string;
  readonly port: number;
  readonly postgresPort: number;
  /** Variables of every dlp that runs here. */
  readonly env: Readonly<Record<string, string>>;
  /** In front of the emulator, for sandboxes that stand for AWS. */
  readonly proxy?: RecordingProxy;
  dispose(): Promise<void>;
}

/**
 * A workspace whose environments dev, test and prod are accounts of the emulator, reached as AWS is: by profiles and
 * AWS_ENDPOINT_URL, through a proxy that records every call. Start the cloud with `dlp(…, ['local', 'up'])`. Profiles:
 * lake-dev, lake-test, lake-prod; `lake-other` belongs to account 999999999999.
 */
export async function createAwsSandbox(): Promise<Sandbox & { readonly proxy: RecordingProxy }> {
  const sandbox = await createSandbox();
  const proxy = await startRecordingProxy(sandbox.port);
  const config = path.join(sandbox.directory, 'aws.config');
  // The emulator takes an access key of twelve digits for the account.
  const accounts = { 'lake-dev': '111111111111', 'lake-test': '222222222222', 'lake-prod': '333333333333', 'lake-other': '999999999999' };
  await writeFile(config, Object.entries(accounts).map(([profile, account]) => `[profile ${profile}]\naws_access_key_id = ${account}\naws_secret_access_key = secret-of-${account}\nregion = eu-west-2\n`).join('\n'));
  const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(sandbox.directory, 'no-credentials'), AWS_ENDPOINT_URL: proxy.url };
  return { ...sandbox, env, proxy, dispose: async () => { await proxy.close(); await sandbox.dispose(); } };
}

/** The same with its cloud running and the job `orders` in the workspace. */
export async function startAwsSandbox(): Promise<Awaited<ReturnType<typeof createAwsSandbox>>> {
  const sandbox = await createAwsSandbox();
  for (const args of [['local', 'up'], ['etl', 'new', 'orders']]) {
    const { exitCode, stderr } = await dlp(sandbox.workspace, args);
    if (exitCode !== 0) throw new Error(stderr);
  }
  const { dispose } = sandbox;
  return { ...sandbox, dispose: async () => { await dlp(sandbox.workspace, ['local', 'down']); await dispose(); } };
}

/** A workspace of its own, on ports of its own. */
export async function createSandbox(): Promise<Sandbox> {
  const directory = await mkdtemp(path.join(tmpdir(), 'dlp-acceptance-'));
  const [port, postgresPort] = await Promise.all([freePort(), freePort()]);
  const workspace = path.join(directory, 'workspace');
  await execa(process.execPath, [path.join(ROOT, 'bin/run.js'), 'init', workspace, '--port', String(port), '--postgres-port', String(postgresPort)]);
  return { directory, workspace, port: port!, postgresPort: postgresPort!, env: {}, dispose: () => rm(directory, { recursive: true, force: true }) };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Runs dlp; never throws. */
export async function dlp(cwd: string, args: readonly string[], { env = {}, input }: { env?: Readonly<Record<string, string>>; input?: string } = {}): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const done = await execa(process.execPath, [path.join(ROOT, 'bin/run.js'), ...args], { cwd, reject: false, ...(input === undefined ? { stdin: 'ignore' } : { input }), env: { ...ENVIRONMENT, ...env }, extendEnv: false });
  return { exitCode: done.exitCode ?? -1, stdout: done.stdout, stderr: done.stderr };
}

export async function dlpJson<T>(cwd: string, args: readonly string[], options: { env?: Readonly<Record<string, string>> } = {}): Promise<T> {
  const { stdout } = await dlp(cwd, [...args, '--json'], options);
  const answer = JSON.parse(stdout) as { ok: boolean; result: T; error?: { message: string } };
  if (answer.error) throw new Error(answer.error.message);
  return answer.result;
}

/** Runs dlp in a real terminal; `answers` are pairs of what to wait for and what to type. */
export async function inTerminal({ workspace, env }: Sandbox, answers: readonly (readonly [string, string])[], args: readonly string[]): Promise<{ exitCode: number; screen: string }> {
  const python = path.join(ROOT, '.dlp/venv/bin/python');
  const { stdout } = await execa(python, [path.join(ROOT, 'test/support/terminal.py'), JSON.stringify(answers), process.execPath, path.join(ROOT, 'bin/run.js'), ...args], {
    cwd: workspace, env: { ...ENVIRONMENT, ...env, TERM: 'xterm-256color' }, extendEnv: false,
  });
  return JSON.parse(stdout) as { exitCode: number; screen: string };
}

/** No AWS settings of the machine reach a case: nothing can be called by accident. */
export const ENVIRONMENT: Record<string, string> = {
  PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`, HOME: tmpdir(), LANG: 'C.UTF-8', NO_COLOR: '1', COLUMNS: '200',
  AWS_EC2_METADATA_DISABLED: 'true', ...(process.env['JAVA_HOME'] ? { JAVA_HOME: process.env['JAVA_HOME'] } : {}),
};

export function caseNames(group: string): string[] {
  const entries = readdirSync(path.join(CASES, group), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
}

/** Runs a case and compares what it printed with what it should. */
export async function runCase(group: string, name: string, sandbox: Sandbox): Promise<void> {
  const folder = path.join(CASES, group, name);
  const bin = path.join(sandbox.directory, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(bin, 'dlp'), `#!/bin/sh\nexec "${process.execPath}" "${path.join(ROOT, 'bin/run.js')}" "$@"\n`, { mode: 0o755 });
  // `run` shows the command, what it prints on either stream, and how it ends.
  // `writes` shows the calls that changed something, or might have, since it was last asked.
  const prelude = `run() { echo "$ $*"; "$@" 2>&1; echo "[exit $?]"; echo; }
writes() { echo "calls that write:"; "${process.execPath}" -e 'fetch(process.argv[1]).then((r) => r.text()).then((t) => console.log(t || "none"))' "${sandbox.proxy?.url}/_writes"; echo; }
aws() { "${process.execPath}" "${path.join(ROOT, 'test/support/aws-call.mjs')}" "http://127.0.0.1:${sandbox.port}" "$@"; }
`;
  const input = path.join(sandbox.directory, 'case');
  await rm(input, { recursive: true, force: true });
  await cp(folder, input, { recursive: true });
  const { all } = await execa('bash', ['-c', prelude + (await readFile(path.join(folder, 'script'), 'utf8'))], {
    cwd: sandbox.workspace, all: true, reject: false, stdin: 'ignore', extendEnv: false,
    env: { ...ENVIRONMENT, ...sandbox.env, PATH: `${bin}:${ENVIRONMENT['PATH']}`, CASE: input, SANDBOX: sandbox.directory, PORT: String(sandbox.port) },
  });
  const actual = `${normalize(all ?? '', sandbox)}\n`;
  const golden = path.join(folder, 'output.txt');
  if (process.env['UPDATE']) await writeFile(golden, actual);
  expect(actual).toBe(await readFile(golden, 'utf8'));
}

/** What differs from run to run, by name. */
function normalize(text: string, { directory, port, postgresPort, proxy }: Sandbox): string {
  return (proxy ? text.replaceAll(proxy.url, '<endpoint>') : text)
    .replaceAll(directory, '<sandbox>').replaceAll(ROOT, '<dlp>')
    .replaceAll(String(port), '<port>').replaceAll(String(postgresPort), '<postgres-port>')
    .replace(/\b([a-z_]+)-\d{8}T\d{6}Z-[0-9a-f]{8}\b/g, '<run of $1>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/"durationSeconds": [\d.]+/g, '"durationSeconds": <seconds>')
    .replace(/\(\d+(\.\d+)? s\)/g, '(<seconds>)')
    .replace(/duration( +)\d+(\.\d+)? s/g, 'duration$1<seconds>')
    .replace(/(?:local|dev|test|prod)-datalakeinfrastructures3bucketzones-(landing|gold|logs)[a-z0-9]+/g, '<$1 bucket>')
    .replace(/arn:aws:[^\s",]+/g, '<arn>')
    .replace(/(<time>) +\d+(\.\d+)?$/gm, '$1  <seconds>')
    // A table keeps its form: ages are padded to one width.
    .replace(/\b(just now|\d+ (min|h|days) ago) *(?=( )|$|,)/gm, '<age>$3')
    .replace(/\b(vpc|subnet|sg|rtb|vpce)-[0-9a-f]{8,17}\b/g, '<$1>')
    .replace(/\b[0-9a-f]{64}\.(json|zip)\b/g, '<hash>.$1')
    // As wide as the values below it.
    .replace(/─{60,}/g, '──…')
    .replace(/\(\d+ (h \d+ min|days|min); `/g, '(<age>; `')
    .replace(/\bjr_[0-9a-f]{64}\b/g, '<glue run>')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
    // How often progress was said depends on the machine.
    .split('\n').filter((line) => !/^… .*: .*(running|waiting|starting|_IN_PROGRESS|_COMPLETE|MB)/.test(line)).join('\n')
    // Stacks that are deployed side by side end in any order.
    .replace(/(^[✔−✖] (?:Local|Dev|Test|Prod)\/.*\n)+/gm, (block) => `${block.trimEnd().split('\n').toSorted().join('\n')}\n`)
    .replace(/(^[✔✖] bootstrap (?:dev|test|prod) .*\n)+/gm, (block) => `${block.trimEnd().split('\n').toSorted().join('\n')}\n`)
    .trimEnd();
}

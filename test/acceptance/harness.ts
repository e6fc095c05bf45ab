// Golden cases: a folder holds `script` (bash; `dlp` is the built binary) and `output.txt`, all that the script printed,
// with what differs from run to run replaced by its name. UPDATE=1 writes output.txt anew.
import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

export const ROOT = path.resolve(import.meta.dirname, '../..');
const CASES = import.meta.dirname;

export interface Sandbox {
  /** Holds the workspace and the state of its local cloud. */
  readonly directory: string;
  readonly workspace: string;
  readonly port: number;
  readonly postgresPort: number;
  dispose(): Promise<void>;
}

/** A workspace of its own, on ports of its own. */
export async function createSandbox(): Promise<Sandbox> {
  const directory = await mkdtemp(path.join(tmpdir(), 'dlp-acceptance-'));
  const [port, postgresPort] = await Promise.all([freePort(), freePort()]);
  const workspace = path.join(directory, 'workspace');
  await execa(process.execPath, [path.join(ROOT, 'bin/run.js'), 'init', workspace, '--port', String(port), '--postgres-port', String(postgresPort)]);
  return { directory, workspace, port: port!, postgresPort: postgresPort!, dispose: () => rm(directory, { recursive: true, force: true }) };
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
export async function dlp(cwd: string, args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const done = await execa(process.execPath, [path.join(ROOT, 'bin/run.js'), ...args], { cwd, reject: false, stdin: 'ignore', env: ENVIRONMENT, extendEnv: false });
  return { exitCode: done.exitCode ?? -1, stdout: done.stdout, stderr: done.stderr };
}

export async function dlpJson<T>(cwd: string, args: readonly string[]): Promise<T> {
  const { stdout } = await dlp(cwd, [...args, '--json']);
  const answer = JSON.parse(stdout) as { ok: boolean; result: T; error?: { message: string } };
  if (!answer.ok) throw new Error(answer.error?.message);
  return answer.result;
}

/** Runs dlp in a real terminal; `answers` are pairs of what to wait for and what to type. */
export async function inTerminal({ workspace }: Sandbox, answers: readonly (readonly [string, string])[], args: readonly string[]): Promise<{ exitCode: number; screen: string }> {
  const python = path.join(ROOT, '.dlp/venv/bin/python');
  const { stdout } = await execa(python, [path.join(ROOT, 'test/support/terminal.py'), JSON.stringify(answers), process.execPath, path.join(ROOT, 'bin/run.js'), ...args], {
    cwd: workspace, env: { ...ENVIRONMENT, TERM: 'xterm-256color' }, extendEnv: false,
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
  const prelude = 'run() { echo "$ $*"; "$@" 2>&1; echo "[exit $?]"; echo; }\n';
  const input = path.join(sandbox.directory, 'case');
  await rm(input, { recursive: true, force: true });
  await cp(folder, input, { recursive: true });
  const { all } = await execa('bash', ['-c', prelude + (await readFile(path.join(folder, 'script'), 'utf8'))], {
    cwd: sandbox.workspace, all: true, reject: false, stdin: 'ignore', extendEnv: false,
    env: { ...ENVIRONMENT, PATH: `${bin}:${ENVIRONMENT['PATH']}`, CASE: input, SANDBOX: sandbox.directory, PORT: String(sandbox.port) },
  });
  const actual = `${normalize(all ?? '', sandbox)}\n`;
  const golden = path.join(folder, 'output.txt');
  if (process.env['UPDATE']) await writeFile(golden, actual);
  expect(actual).toBe(await readFile(golden, 'utf8'));
}

/** What differs from run to run, by name. */
function normalize(text: string, { directory, port, postgresPort }: Sandbox): string {
  return text
    .replaceAll(directory, '<sandbox>').replaceAll(ROOT, '<dlp>')
    .replaceAll(String(port), '<port>').replaceAll(String(postgresPort), '<postgres-port>')
    .replace(/\b([a-z_]+)-\d{8}T\d{6}Z-[0-9a-f]{8}\b/g, '<run of $1>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/"durationSeconds": [\d.]+/g, '"durationSeconds": <seconds>')
    .replace(/\(\d+(\.\d+)? s\)/g, '(<seconds>)')
    .replace(/duration( +)\d+(\.\d+)? s/g, 'duration$1<seconds>')
    .replace(/local-datalakeinfrastructures3bucketzones-(landing|gold|logs)[a-z0-9]+/g, '<$1 bucket>')
    .replace(/arn:aws:[^\s",]+/g, '<arn>')
    .replace(/(<time>) +\d+(\.\d+)?$/gm, '$1  <seconds>')
    .replace(/\bjr_[0-9a-f]{64}\b/g, '<glue run>')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
    // Stacks that are deployed side by side end in any order.
    .replace(/(^[✔−✖] Local\/.*\n)+/gm, (block) => `${block.trimEnd().split('\n').toSorted().join('\n')}\n`)
    // How often progress was said depends on the machine.
    .split('\n').filter((line) => !/^… .*: .*(running|waiting|starting|_IN_PROGRESS|_COMPLETE|MB)/.test(line)).join('\n')
    .trimEnd();
}

// A repository with the real scripts/setup and false programs (npm, python3.11, java), which do what the true ones would,
// only at once, and write down that they were called.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { family } from '../../src/local/process-table.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const JAR = 'bytes of a jar';

const FAKE = `
import fs from 'node:fs';
import path from 'node:path';
const [root, as, ...args] = process.argv.slice(2);
const [name, environment] = as.split('='); // python=<its environment>
const at = (...parts) => path.join(root, ...parts);
const told = JSON.parse(fs.readFileSync(at('told.json'), 'utf8'));
const write = (file, text) => { fs.mkdirSync(path.dirname(file), { recursive: true }); fs.writeFileSync(file, text); };
const program = (file, as) => { write(file, '#!/bin/sh\\nexec ' + process.execPath + ' ' + at('fake.mjs') + ' ' + root + ' ' + as + ' "$@"\\n'); fs.chmodSync(file, 0o755); };
const call = (text) => fs.appendFileSync(at('calls.log'), text + '\\n');
const fail = (key, text) => { if (told[key] > 0) { told[key] -= 1; write(at('told.json'), JSON.stringify(told)); console.error(text); process.exit(1); } };
if (name === 'java') {
  if (args[0] === '-version') { console.error('openjdk version "' + told.java + '"'); process.exit(0); }
  call('ivy');
  fail('ivyFails', 'connection reset');
  const pattern = args[args.indexOf('-retrieve') + 1];
  write(path.join(path.dirname(pattern), 'a-1.jar'), told.badJar > 0 ? 'something else' : ${JSON.stringify(JAR)});
} else if (name === 'npm') {
  call('npm ' + args[0]);
  if (told.noCi && args[0] === 'ci') { console.error('npm error code EUSAGE'); process.exit(1); }
  fs.rmSync(at('node_modules'), { recursive: true, force: true });
  program(at('node_modules/.bin/node'), 'node');
  if (told.hang) setInterval(() => {}, 1000);
  else fs.copyFileSync(at('package-lock.json'), at('node_modules/.package-lock.json'));
} else if (name === 'node') {
  if (args[0] === '--version') { console.log('v24.0.0'); process.exit(0); }
  call('build');
  fail('buildFails', 'src/a.ts(1,1): error TS2322');
  write(at('dist/a.js'), '');
} else {
  const venv = args[0] === '-m' && args[1] === 'venv';
  if (args[0] === '--version') console.log('Python ' + told.python);
  else if (venv) { call('venv'); program(path.join(args[2], 'bin/python'), 'python=' + args[2]); }
  else if (args[1] === 'pip' && args[2] === 'install') {
    call('pip');
    fail('pipFails', 'connection reset');
    write(path.join(environment, 'packages'), fs.readFileSync(at(args.at(-1)), 'utf8'));
    write(at('.dlp/venv/lib/python3.11/site-packages/pyspark/jars/ivy-2.5.1.jar'), '');
  } else if (args[0] === '-c' && args[1].includes('ensurepip')) console.log(told.python + '\\nvenv');
  else if (args[0] === '-c') {
    const packages = path.join(environment, 'packages');
    const there = fs.existsSync(packages) ? fs.readFileSync(packages, 'utf8') : '';
    if (there !== fs.readFileSync(args[2], 'utf8')) console.log('pyspark');
  } else console.log('pip 24');
}
`;

export interface Told { java: string; python: string; noCi?: boolean; hang?: boolean; ivyFails?: number; badJar?: number; buildFails?: number; pipFails?: number }

export class Repository {
  readonly root = mkdtempSync(path.join(tmpdir(), 'dlp-setup-'));
  readonly #children: ReturnType<typeof spawn>[] = [];

  constructor() {
    cpSync(path.join(ROOT, 'scripts/setup'), this.at('scripts/setup'), { recursive: true });
    cpSync(path.join(ROOT, 'scripts/setup.mjs'), this.at('scripts/setup.mjs'));
    this.write('package.json', '{"type":"module"}');
    this.write('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac-only': { version: '1.0.0', optional: true } } }));
    this.write('local-cloud/requirements.txt', 'pyspark==3.5.6\n');
    this.write('local-cloud/requirements-peers.txt', 'moto[server]==5.2.5\n');
    this.write('local-cloud/jars.xml', '<ivy-module/>');
    this.write('local-cloud/jars.sha256', `${createHash('sha256').update(JAR).digest('hex')}  a-1.jar\n`);
    this.write('scripts/build.mjs', '');
    this.write('tsconfig.json', '{}');
    this.write('src/a.ts', 'export {};');
    this.write('fake.mjs', FAKE);
    for (const name of ['npm', 'java', 'python3.11']) this.program(`bin/${name}`, `exec ${process.execPath} ${this.at('fake.mjs')} ${this.root} ${name === 'python3.11' ? 'python' : name} "$@"`);
    this.tell({});
  }

  at(name: string): string { return path.join(this.root, name); }
  read(name: string): string { return readFileSync(this.at(name), 'utf8'); }
  has(name: string): boolean { return existsSync(this.at(name)); }

  write(name: string, text: string): void {
    mkdirSync(path.dirname(this.at(name)), { recursive: true });
    writeFileSync(this.at(name), text);
  }

  program(name: string, script: string): void {
    this.write(name, `#!/bin/sh\n${script}\n`);
    chmodSync(this.at(name), 0o755);
  }

  tell(told: Partial<Told>): void {
    this.write('told.json', JSON.stringify({ java: '17.0.1', python: '3.11.7', ...told }));
  }

  start(...flags: string[]) {
    const child = spawn(process.execPath, [this.at('scripts/setup.mjs'), ...flags], { env: { PATH: this.at('bin') }, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#children.push(child);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
    const ended = new Promise<{ code: number | null; said: string; calls: readonly string[] }>((resolve) => {
      child.once('close', (code) => resolve({ code, said, calls: this.calls() }));
    });
    return { child, ended };
  }

  /** Runs setup; the calls are those of this run. */
  setup(...flags: string[]) {
    rmSync(this.at('calls.log'), { force: true });
    return this.start(...flags).ended;
  }

  calls(): readonly string[] {
    return this.has('calls.log') ? this.read('calls.log').trim().split('\n') : [];
  }

  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    const { pid } = this.has('.dlp/setup/running.json') ? JSON.parse(this.read('.dlp/setup/running.json')) as { pid: number } : { pid: 0 };
    if (pid > 0 && family(pid).length > 0) process.kill(-pid, 'SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }
}

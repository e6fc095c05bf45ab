// A local cloud for one test file: real PostgreSQL, the real Python environment, and a stand-in for the emulator that
// does as it is told, so that crashes and refusals can be had at will.
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { LakeEvent } from '../../src/core/events.js';
import type { Environment } from '../../src/core/environment.js';
import { LocalCloud } from '../../src/local/cloud.js';
import { family, isAlive, processesWith, type ProcessRow } from '../../src/local/process-table.js';
import { localCloudSettings, type LocalCloudSettings } from '../../src/local/settings.js';
import { CLOUD_ID_VARIABLE, StateDirectory } from '../../src/local/state.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the stand-in does, read from its own directory when it starts. */
export interface Behaviour {
  /** Prints this and ends at once. */
  readonly die?: string;
  /** Starts this many children, each leading its own session, as Spark and the Lambdas do. */
  readonly children?: number;
  /** The children ignore SIGTERM, and the stand-in forgets to end them. */
  readonly stubborn?: boolean;
}

const STAND_IN = `
import http.server, json, os, pathlib, signal, subprocess, sys
told = json.loads((pathlib.Path(__file__).parents[2] / "behaviour.json").read_text())
print("stand-in starts", flush=True)
if told.get("die"):
    sys.exit(told["die"])
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)" if told.get("stubborn") else "import time; time.sleep(600)"
children = [subprocess.Popen([sys.executable, "-c", code], start_new_session=True) for _ in range(told.get("children", 0))]
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"status": "ok", "version": "0", "parts": {"postgres": "ok", "spark": "ok"},
                           "glueRuns": [{"runId": "jr_1", "jobName": "orders", "pid": c.pid, "state": "RUNNING"} for c in children]}).encode()
        self.send_response(200); self.send_header("content-length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *args): pass
def end(*_):
    if not told.get("stubborn"):
        for child in children: child.terminate()
    print("stand-in ends", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["DLP_LOCAL_PORT"])), Health)
pathlib.Path(os.environ["DLP_LOCAL_STATE"], "environment.json").write_text(json.dumps(dict(os.environ)))
print("stand-in answers", flush=True)
server.serve_forever()
`;

export class Fixture {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'dlp-local-'));
  readonly installation = path.join(this.directory, 'installation');
  readonly state = path.join(this.directory, 'workspace/.dlp/local');
  readonly events: LakeEvent[] = [];
  readonly #others: ChildProcess[] = [];

  constructor(readonly port: number, readonly postgresPort: number) {
    const code = path.join(this.installation, 'local-cloud/dlp_local');
    mkdirSync(code, { recursive: true });
    mkdirSync(path.join(this.installation, '.dlp'));
    mkdirSync(path.join(this.directory, 'workspace'));
    writeFileSync(path.join(code, '__init__.py'), '');
    writeFileSync(path.join(code, '__main__.py'), STAND_IN);
    cpSync(path.join(ROOT, 'local-cloud/dlp_local/certificates.py'), path.join(code, 'certificates.py'));
    cpSync(path.join(ROOT, 'local-cloud/jars.sha256'), path.join(this.installation, 'local-cloud/jars.sha256'));
    cpSync(path.join(ROOT, 'package.json'), path.join(this.installation, 'package.json'));
    for (const name of ['.dlp/venv', '.dlp/jars', 'node_modules']) symlinkSync(path.join(ROOT, name), path.join(this.installation, name));
    this.behave({});
  }

  behave(behaviour: Behaviour): void {
    writeFileSync(path.join(this.installation, 'behaviour.json'), JSON.stringify(behaviour));
  }

  settings(changes: Partial<{ port: number; env: Record<string, string | undefined> }> = {}): LocalCloudSettings {
    const local = { port: changes.port ?? this.port, postgresPort: this.postgresPort, state: '.dlp/local', sparkMemory: '1g' };
    return localCloudSettings({
      environment: { name: 'local', region: 'eu-west-2', local } as Environment, workspace: path.join(this.directory, 'workspace'),
      installation: this.installation, node: process.execPath, env: changes.env ?? process.env,
    });
  }

  cloud(changes?: Parameters<Fixture['settings']>[0]): LocalCloud {
    return new LocalCloud(this.settings(changes));
  }

  readonly emit = (event: LakeEvent): void => { this.events.push(event); };

  /** The titles of the steps since the last call, and how each ended. */
  steps(): readonly string[] {
    const titles = new Map<string, string>();
    const lines = this.events.flatMap((event) => {
      if (event.type === 'group') for (const { id, title } of event.steps) titles.set(id, title);
      return event.type === 'ended' ? [`${titles.get(event.id)}: ${event.outcome}`] : [];
    });
    this.events.length = 0;
    return lines;
  }

  /** Everything that runs for this cloud, found in the process table and not in what the cloud wrote down. */
  processes(): readonly ProcessRow[] {
    const id = new StateDirectory(this.state).id();
    const found = new Map<number, ProcessRow>();
    for (const row of processesWith(CLOUD_ID_VARIABLE, id)) for (const member of family(row.pid)) found.set(member.pid, member);
    return [...found.values()];
  }

  /** A connection with verified TLS, or with none. */
  client(changes: { readonly ssl?: false; readonly password?: string } = {}): Client {
    return new Client({
      host: '127.0.0.1', port: this.postgresPort, user: 'postgres', database: 'postgres', password: changes.password ?? text(path.join(this.state, 'postgres.password')).trim(),
      ssl: changes.ssl ?? { ca: text(path.join(this.state, 'tls/ca.pem')) },
    });
  }

  async query(sql: string): Promise<unknown[][]> {
    const connection = this.client();
    await connection.connect();
    try {
      return (await connection.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
    } finally {
      await connection.end();
    }
  }

  pid(part: 'postgres' | 'emulator'): number {
    return new StateDirectory(this.state).parts()[part]!.pid;
  }

  /** A process that has nothing to do with the cloud. */
  async stranger(code: string): Promise<ProcessRow> {
    const child = spawn(process.execPath, ['-e', `${code};console.log('ready');setInterval(()=>{},1e6)`], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#others.push(child);
    await new Promise((resolve) => { child.stdout.once('data', resolve); });
    return family(child.pid!)[0]!;
  }

  async end(): Promise<void> {
    for (const other of this.#others) other.kill('SIGKILL');
    const rows = this.processes();
    if (existsSync(this.state)) await this.cloud().down(() => undefined).catch(() => undefined);
    for (const row of rows) if (isAlive(row)) process.kill(row.pid, 'SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function kill(pid: number): Promise<void> {
  const [row] = family(pid);
  process.kill(pid, 'SIGKILL');
  return new Promise((resolve) => {
    const timer = setInterval(() => { if (!row || !isAlive(row)) { clearInterval(timer); resolve(); } }, 10);
  });
}

/** Two free ports out of a range that is this test file's own. */
export async function freePorts(from: number): Promise<readonly [number, number]> {
  const free: number[] = [];
  for (let port = from; free.length < 2 && port < from + 16; port += 1) if (await isFree(port)) free.push(port);
  if (free.length < 2) throw new Error(`no two free ports from ${from}`);
  return [free[0]!, free[1]!];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export function text(file: string): string {
  return readFileSync(file, 'utf8');
}

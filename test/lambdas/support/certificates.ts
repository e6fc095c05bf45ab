// A certificate authority and a server certificate for the loopback address, made for one test run.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificates {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** File that NODE_EXTRA_CA_CERTS may name. */
  readonly authorityFile: string;
  remove(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** As the local cloud makes them, but for 127.0.0.1 alone and for no name. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'dlp-certificates-'));
  const at = (name: string) => join(folder, name);
  const program = 'import pathlib, sys; from dlp_local.certificates import make; make(pathlib.Path(sys.argv[1]), names=())';
  await run(join(ROOT, '.dlp/venv/bin/python'), ['-c', program, folder], { env: { PYTHONPATH: join(ROOT, 'local-cloud'), PYTHONDONTWRITEBYTECODE: '1' } });
  return {
    certificate: await readFile(at('server.pem'), 'utf8'), key: await readFile(at('server.key'), 'utf8'), authorityFile: at('ca.pem'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

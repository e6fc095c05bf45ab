// A certificate authority and a server certificate for the loopback address, made for one test run.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** The server certificate is for 127.0.0.1 and for no name. Needs the program openssl. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'dlp-certificates-'));
  const at = (name: string) => join(folder, name);
  await writeFile(at('san'), 'subjectAltName=IP:127.0.0.1');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', ['req', '-x509', ...curve, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=test authority']);
  await run('openssl', ['req', ...curve, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=test server']);
  await run('openssl', ['x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-out', at('server.pem'), '-days', '2', '-extfile', at('san')]);
  return {
    certificate: await readFile(at('server.pem'), 'utf8'), key: await readFile(at('server.key'), 'utf8'), authorityFile: at('ca.pem'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

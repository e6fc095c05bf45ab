// Where the values of secrets come from: a person at a masked prompt, standard input, or files. Standard input and
// files are read at once, so that a mistake is found before AWS is asked anything.
import { open } from 'node:fs/promises';
import path from 'node:path';
import { DlpError } from '../core/errors.js';
import type { Emit } from '../core/events.js';
import type { ChosenSecret } from '../operations/choose-secrets.js';
import { MAX_SECRET_BYTES, SecretValue } from '../core/secret-value.js';
import type { AskForSecret, StoredSecret } from '../core/secrets.js';
import { askHidden, needTerminal } from './prompt.js';

const FLAGS = '--from-stdin NAME or --from-file NAME=PATH';
/** Enough to see that it is too much. */
const READ_BYTES = MAX_SECRET_BYTES + 3;
const OTHERS = 0o077;

/** @throws APPROVAL_NEEDED where a person would have to be asked and cannot be, FILE_MISSING, FLAG_INVALID, SECRET_INVALID */
export async function openSecretInput(chosen: readonly ChosenSecret[], { directory, emit }: { readonly directory: string; readonly emit: Emit }): Promise<AskForSecret> {
  const people = chosen.filter(({ source }) => source.from === 'person');
  if (people.length > 0) needTerminal(`the value${people.length > 1 ? 's' : ''} of ${people.map(({ name }) => name).join(', ')}:`, FLAGS);
  const read = new Map<string, SecretValue>();
  for (const { name, source } of chosen) {
    if (source.from === 'file') read.set(name, SecretValue.ofBytes(name, await readSecretFile(name, path.resolve(directory, source.path), emit)));
    if (source.from === 'stdin') read.set(name, SecretValue.ofBytes(name, await readStandardInput(name)));
  }
  const required = new Set(chosen.filter((secret) => secret.required).map(({ name }) => name));
  return async ({ name, description, stored }) => read.get(name) ?? askPerson({ name, description, stored, required: required.has(name) });
}

async function askPerson({ name, description, stored, required }: { name: string; description: string; stored: StoredSecret | undefined; required: boolean }): Promise<SecretValue | undefined> {
  const state = stored?.deletesAt ? `to be deleted on ${day(stored.deletesAt)}` : stored?.setAt ? `set on ${day(stored.setAt)}` : 'not set yet';
  const skip = stored?.setAt ? ', Enter to leave it' : ', Enter to go without';
  const answer = await askHidden(`${name} (${description}), ${state}. New value${required ? '' : skip}:`, FLAGS, (typed) => (typed === '' && !required) || problem(name, typed) || true);
  return answer === '' ? undefined : SecretValue.ofText(name, answer);
}

function problem(name: string, typed: string): string | undefined {
  try {
    SecretValue.ofText(name, typed);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function day(time: string): string {
  return time.slice(0, 10);
}

/** The path is never repeated: it may be a value that was given in its place. */
async function readSecretFile(name: string, file: string, emit: Emit): Promise<Uint8Array> {
  try {
    await using handle = await open(file);
    const stats = await handle.stat();
    // A pipe, as of <(…), belongs to the shell that made it.
    if (stats.isFile() && stats.mode & OTHERS) emit({ type: 'warning', text: `others on this machine may read the file for ${name} (mode ${(stats.mode & 0o777).toString(8)}): chmod 600, or delete it now` });
    return await firstBytes(handle.createReadStream({ autoClose: false }));
  } catch (error) {
    throw new DlpError('FILE_MISSING', `the file for ${name} cannot be read (${(error as NodeJS.ErrnoException).code})`, { hint: '--from-file wants NAME=PATH; if the value itself stood there, others could read it: replace it' });
  }
}

async function readStandardInput(name: string): Promise<Uint8Array> {
  if (process.stdin.isTTY) throw new DlpError('FLAG_INVALID', `--from-stdin ${name} reads a pipe or a file, and standard input is a terminal`, { hint: 'leave --from-stdin out to be asked, with what you type hidden' });
  return firstBytes(process.stdin);
}

async function firstBytes(stream: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > READ_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, READ_BYTES);
}

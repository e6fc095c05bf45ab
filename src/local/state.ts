// The state directory: a marker that says it is one, who runs (state.json), and the database's password. Files are
// written beside their place and renamed into it, so that a reader or a kill never sees half of one.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DlpError } from '../core/errors.js';
import type { ProcessMark } from './process-table.js';

export const PART_NAMES = ['postgres', 'emulator'] as const;
export type PartName = (typeof PART_NAMES)[number];

export interface PartRecord extends ProcessMark {
  readonly since: string;
  readonly port: number;
  /** What it was started with; another value now means that it must be started again. */
  readonly configuration: string;
}

interface Running { readonly version: 1; readonly parts: Partial<Record<PartName, PartRecord>> }

const MARKER = '.dlp-local-cloud';
/** The variable that every process of a local cloud carries, so that it is found again when its parent is gone. */
export const CLOUD_ID_VARIABLE = 'DLP_CLOUD_ID';

export class StateDirectory {
  constructor(readonly directory: string) {}

  exists(): boolean {
    return existsSync(path.join(this.directory, MARKER));
  }

  /** Marks the directory as ours; refuses one that holds something else. */
  prepare(): void {
    if (this.exists()) return;
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const foreign = readdirSync(this.directory).filter((name) => !name.startsWith('lock'));
    if (foreign.length > 0) {
      throw new DlpError('DIRECTORY_NOT_EMPTY', `${this.directory} is not the state of a local cloud and holds ${foreign.length} other things, such as "${foreign[0]}"`,
        { hint: 'set environments.local.local.state in dlp.yaml to a directory of its own' });
    }
    this.#write(MARKER, `${JSON.stringify({ version: 1, created: new Date().toISOString() }, null, 2)}\n`);
  }

  /** Of the place, not of what is in it: a cloud whose state was deleted while it ran is still found, and can be ended. */
  id(): string {
    return createHash('sha256').update(realPath(this.directory)).digest('hex').slice(0, 32);
  }

  parts(): Partial<Record<PartName, PartRecord>> {
    const file = path.join(this.directory, 'state.json');
    if (!existsSync(file)) return {};
    try {
      const { version, parts } = JSON.parse(readFileSync(file, 'utf8')) as Running;
      if (version === 1 && typeof parts === 'object') return parts;
    } catch { /* told below */ }
    throw new DlpError('LOCAL_CLOUD_FAILED', `${file} cannot be read as the state of a local cloud`,
      { hint: 'delete that file, then run `dlp local down`: it finds what runs by itself' });
  }

  record(name: PartName, part: PartRecord | undefined): void {
    const { [name]: _, ...others } = this.parts();
    const parts = part ? { ...others, [name]: part } : others;
    this.#write('state.json', `${JSON.stringify({ version: 1, parts } satisfies Running, null, 2)}\n`);
  }

  /** Makes the superuser's password once; only this user may read the file. */
  password(file: string): string {
    if (!existsSync(file)) this.#write(path.relative(this.directory, file), `${randomBytes(24).toString('base64url')}\n`);
    return readFileSync(file, 'utf8').trim();
  }

  /** Deletes everything. The directory is renamed first: a kill in the middle leaves rubbish, never half a cloud. */
  delete(): void {
    this.#sweep();
    if (!existsSync(this.directory)) return;
    if (!this.exists()) {
      throw new DlpError('DIRECTORY_NOT_EMPTY', `${this.directory} is not the state of a local cloud, so it is not deleted`, { hint: `it has no file ${MARKER}; look at environments.local.local.state in dlp.yaml` });
    }
    renameSync(this.directory, `${this.directory}.deleting-${process.pid}`);
    this.#sweep();
  }

  #sweep(): void {
    const parent = path.dirname(this.directory);
    if (!existsSync(parent)) return;
    const prefix = `${path.basename(this.directory)}.deleting-`;
    for (const name of readdirSync(parent)) {
      const rubbish = path.join(parent, name);
      if (name.startsWith(prefix) && existsSync(path.join(rubbish, MARKER))) {
        // The marker goes last: without it the next sweep would not dare to touch what is left.
        for (const entry of readdirSync(rubbish)) if (entry !== MARKER) rmSync(path.join(rubbish, entry), { recursive: true, force: true });
        rmSync(rubbish, { recursive: true, force: true });
      }
    }
  }

  #write(name: string, text: string): void {
    const file = path.join(this.directory, name);
    const draft = `${file}.${process.pid}.tmp`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, file);
  }
}

/** The path without symbolic links, as far as there is one. */
function realPath(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  const parent = path.dirname(file);
  return parent === file ? file : path.join(realPath(parent), path.basename(file));
}

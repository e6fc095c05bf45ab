// Writes a new workspace: dlp.yaml, glue/jobs/ and what goes with them. Never over something that is there.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DlpError } from '../core/errors.js';

export interface CreateWorkspaceInput {
  /** Absolute; made when it does not exist. */
  readonly directory: string;
  /** Absolute; the template of a workspace. */
  readonly template: string;
  /** Absolute; the JSON schema that editors use. */
  readonly schema: string;
  /** State directory of the local cloud, as written to dlp.yaml; workspaces that name the same one share one cloud. */
  readonly localState: string;
  readonly port: number;
  readonly postgresPort: number;
}

export interface CreateWorkspaceResult { readonly directory: string; readonly files: readonly string[] }

/** @throws DIRECTORY_NOT_EMPTY */
export async function createWorkspace(input: CreateWorkspaceInput): Promise<CreateWorkspaceResult> {
  const { directory, template, schema } = input;
  const there = (await readdir(directory).catch(() => [])).filter((name) => name !== '.git' && name !== '.dlp');
  if (there.length > 0) throw new DlpError('DIRECTORY_NOT_EMPTY', `${directory} holds ${there.slice(0, 3).join(', ')}${there.length > 3 ? ', …' : ''}`);
  const values: Readonly<Record<string, string>> = {
    __SCHEMA__: path.relative(directory, schema) || schema, __STATE__: input.localState,
    __PORT__: String(input.port), __POSTGRES_PORT__: String(input.postgresPort),
  };
  await mkdir(path.join(directory, 'glue', 'jobs'), { recursive: true });
  const names: Readonly<Record<string, string>> = { 'README.md': 'README.md', gitignore: '.gitignore', 'dlp.yaml': 'dlp.yaml' };
  for (const [from, to] of Object.entries(names)) {
    const text = await readFile(path.join(template, from), 'utf8');
    await writeFile(path.join(directory, to), Object.entries(values).reduce((whole, [key, value]) => whole.replaceAll(key, value), text), { flag: 'wx' });
  }
  await writeFile(path.join(directory, 'glue', 'jobs', '.gitkeep'), '');
  return { directory, files: ['.gitignore', 'README.md', 'dlp.yaml', 'glue/jobs/.gitkeep'] };
}

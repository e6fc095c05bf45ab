// Writes a new ETL job from the template: all of it or nothing.
import { cp, mkdtemp, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DlpError } from '../core/errors.js';
import { JOB_NAME, jobTitle } from '../core/job.js';

export interface ScaffoldInput {
  readonly name: string;
  /** Absolute; the directory of the workspace's jobs. */
  readonly jobsDirectory: string;
  /** Names of the jobs that exist. */
  readonly existing: readonly string[];
  /** Absolute; the template of a job. */
  readonly template: string;
  /** Absolute; the JSON schema that editors use for job.yaml. */
  readonly schema: string;
}

export interface ScaffoldResult {
  readonly job: string;
  /** Absolute. */
  readonly directory: string;
  /** Relative to `directory`, sorted. */
  readonly files: readonly string[];
}

/** @throws JOB_NAME_INVALID, JOB_EXISTS */
export async function scaffoldJob({ name, jobsDirectory, existing, template, schema }: ScaffoldInput): Promise<ScaffoldResult> {
  if (!JOB_NAME.test(name)) throw new DlpError('JOB_NAME_INVALID', `"${name}" cannot be the name of a job${suggestion(name)}`);
  if (RESERVED.has(name)) throw new DlpError('JOB_NAME_INVALID', `"${name}" is reserved`, { hint: `choose another name; reserved: ${[...RESERVED].join(', ')}` });
  const target = path.join(jobsDirectory, name);
  const clash = existing.find((other) => other !== name && jobTitle(other) === jobTitle(name));
  if (clash) throw new DlpError('JOB_EXISTS', `"${name}" and the existing job "${clash}" would share the stack Etl${jobTitle(name)}`, { hint: 'choose another name' });
  if (await stat(target).then(() => true, () => false)) throw new DlpError('JOB_EXISTS', `the job "${name}" exists: ${target}`, { hint: 'choose another name, or edit that job' });

  await mkdir(jobsDirectory, { recursive: true });
  // Written beside its place and renamed: a job is there whole or not at all.
  const draft = await mkdtemp(path.join(jobsDirectory, '.new-'));
  try {
    await cp(template, draft, { recursive: true, filter: (source) => !/(__pycache__|\.pytest_cache)/.test(source) });
    const files = await fill(draft, { __JOB__: name, __JOB_TITLE__: jobTitle(name), __SCHEMA__: path.relative(target, schema) });
    await rename(draft, target);
    return { job: name, directory: target, files };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Prefixes of the buckets and modules of Python that a job would hide. */
const RESERVED = new Set(['tables', 'quarantine', 'athena', 'dlp_etl', 'pyspark', 'boto3', 'test', 'tests', 'job', 'sample']);

function suggestion(name: string): string {
  const better = name.trim().toLowerCase().replace(/[^a-z0-9_]+/g, '_').replace(/^[^a-z]+/, '').replace(/_+$/, '').slice(0, 40);
  return JOB_NAME.test(better) ? `; "${better}" could` : '';
}

async function fill(directory: string, values: Readonly<Record<string, string>>): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const replaced = (text: string) => Object.entries(values).reduce((whole, [key, value]) => whole.replaceAll(key, value), text);
  const written = await Promise.all(files.map(async (file) => {
    const target = path.join(path.dirname(file), replaced(path.basename(file)));
    const text = await readFile(file, 'utf8');
    await writeFile(target, replaced(text));
    if (target !== file) await rm(file);
    return path.relative(directory, target);
  }));
  return written.sort();
}

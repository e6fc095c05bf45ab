// Finds the workspace (dlp.yaml, upwards from a directory) and reads it and its jobs. Reads files; writes nothing.
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { configSchema, ENVIRONMENT_NAMES, toEnvironment, type Config, type Environment, type EnvironmentName } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { jobSchema, jobTitle, type Job, type JobSpec } from '../core/job.js';
import { readYaml } from '../core/yaml-file.js';

export const CONFIG_FILE = 'dlp.yaml';
export const JOBS_DIRECTORY = path.join('glue', 'jobs');

export interface Workspace {
  /** Absolute; holds dlp.yaml and glue/jobs/. */
  readonly directory: string;
  readonly config: Config;
  readonly environments: readonly Environment[];
}

/** @throws CONFIG_NOT_FOUND, CONFIG_INVALID */
export async function loadWorkspace(from: string): Promise<Workspace> {
  const directory = await findUpwards(from);
  const config = readYaml(await readFile(path.join(directory, CONFIG_FILE), 'utf8'), CONFIG_FILE, configSchema);
  const environments = ENVIRONMENT_NAMES.flatMap((name) => toEnvironment(config, name) ?? []);
  return { directory, config, environments };
}

/** @throws ENVIRONMENT_UNKNOWN with the names that dlp.yaml has */
export function environmentOf(workspace: Workspace, name: string): Environment {
  const found = workspace.environments.find((environment) => environment.name === name);
  if (found) return found;
  throw new DlpError('ENVIRONMENT_UNKNOWN', `unknown environment "${name}"`, {
    hint: `${CONFIG_FILE} has: ${workspace.environments.map((e) => e.name).join(', ')} (possible: ${ENVIRONMENT_NAMES.join(', ')})`,
  });
}

/** Every job of the workspace, sorted by name. @throws CONFIG_INVALID for any of them. */
export async function loadJobs(workspace: Pick<Workspace, 'directory'>): Promise<Job[]> {
  const root = path.join(workspace.directory, JOBS_DIRECTORY);
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !entry.name.startsWith('__')).map((entry) => entry.name).sort();
  const jobs = await Promise.all(folders.map((name) => loadJob(workspace.directory, name)));
  const byTitle = new Map<string, string>();
  for (const { spec } of jobs) {
    const title = jobTitle(spec.name);
    const other = byTitle.get(title);
    if (other) throw new DlpError('CONFIG_INVALID', `the jobs ${other} and ${spec.name} would share the stack Etl${title}`, { hint: 'rename one of them' });
    byTitle.set(title, spec.name);
  }
  return jobs;
}

async function loadJob(workspace: string, name: string): Promise<Job> {
  const folder = path.join(workspace, JOBS_DIRECTORY, name);
  const file = path.join(JOBS_DIRECTORY, name, 'job.yaml');
  const text = await readFile(path.join(workspace, file), 'utf8').catch((cause: unknown) => {
    throw new DlpError('CONFIG_INVALID', `${file}: the job has no job.yaml`, { cause, hint: 'write one, or remove the folder' });
  });
  const spec = readYaml(text, file, jobSchema);
  if (spec.name !== name) {
    throw new DlpError('CONFIG_INVALID', `${file}: name is "${spec.name}" but the folder is "${name}"`, { hint: 'make them the same' });
  }
  for (const needed of ['job.py', 'workflow.asl.yaml']) {
    if (!(await stat(path.join(folder, needed)).catch(() => undefined))?.isFile()) throw new DlpError('CONFIG_INVALID', `${path.join(JOBS_DIRECTORY, name, needed)}: missing`, { hint: 'a job has job.yaml, job.py and workflow.asl.yaml' });
  }
  await checkTimeout(spec, folder, path.join(JOBS_DIRECTORY, name, 'workflow.asl.yaml'));
  return { spec, folder };
}

/** The state that runs Glue must outlast the job: otherwise the workflow gives up while the job goes on. */
async function checkTimeout(spec: JobSpec, folder: string, file: string): Promise<void> {
  const workflow = readYaml(await readFile(path.join(folder, 'workflow.asl.yaml'), 'utf8'), file, workflowSchema);
  const needed = spec.workers.timeoutMinutes * 60;
  for (const [name, state] of Object.entries(workflow.States)) {
    if (!state.Resource?.endsWith('glue:startJobRun.sync') || state.TimeoutSeconds === undefined || state.TimeoutSeconds > needed) continue;
    throw new DlpError('CONFIG_INVALID', `${file}: ${name}.TimeoutSeconds is ${state.TimeoutSeconds}, but workers.timeoutMinutes of job.yaml is ${spec.workers.timeoutMinutes} (${needed} s)`, { hint: 'the state must wait longer than the job may take' });
  }
}

const workflowSchema = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), z.looseObject({ Type: z.string(), Resource: z.string().optional(), TimeoutSeconds: z.number().optional() })) });

async function findUpwards(from: string): Promise<string> {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    if (await stat(path.join(directory, CONFIG_FILE)).then((s) => s.isFile(), () => false)) return directory;
    if (directory === path.dirname(directory)) throw new DlpError('CONFIG_NOT_FOUND', `no ${CONFIG_FILE} in ${path.resolve(from)} or above`);
  }
}

export type { EnvironmentName };

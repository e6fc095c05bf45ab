import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createWorkspace } from '../../src/operations/create-workspace.js';
import { scaffoldJob } from '../../src/operations/scaffold-job.js';
import { loadJobs, loadWorkspace } from '../../src/workspace/load.js';

const root = path.resolve(import.meta.dirname, '../..');
let directory: string;
beforeEach(async () => { directory = await mkdtemp(path.join(tmpdir(), 'dlp-scaffold-')); });
afterEach(() => rm(directory, { recursive: true, force: true }));

const workspaceInput = () => ({
  directory, template: path.join(root, 'templates/workspace'), schema: path.join(root, 'schema/dlp.schema.json'), localState: '.dlp/local', port: 4566, postgresPort: 5466,
});
const scaffold = (name: string, existing: string[] = []) => scaffoldJob({ name, existing, jobsDirectory: path.join(directory, 'glue/jobs'), template: path.join(root, 'templates/etl'), schema: path.join(root, 'schema/job.schema.json') });

describe('a new workspace', () => {
  it('is one that dlp reads, with a job that is valid as written', async () => {
    await createWorkspace(workspaceInput());
    const result = await scaffold('orders');
    const workspace = await loadWorkspace(path.join(directory, 'glue'));
    expect(workspace.environments.map((e) => e.name)).toEqual(['local', 'dev', 'test', 'prod']);
    const jobs = await loadJobs(workspace);
    expect(jobs.map((job) => job.spec.name)).toEqual(['orders']);
    expect(jobs[0]!.spec.trigger).toEqual({ event: { prefix: 'orders/', suffix: '.csv' } });
    expect(result.files).toEqual(expect.arrayContaining(['README.md', 'job.py', 'job.yaml', 'test_job.py', 'workflow.asl.yaml']));
  });

  it('is not written over anything', async () => {
    await writeFile(path.join(directory, 'mine.txt'), 'keep');
    await expect(createWorkspace(workspaceInput())).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY' });
    expect(await readdir(directory)).toEqual(['mine.txt']);
  });
});

describe('scaffoldJob', () => {
  it('leaves no placeholder behind', async () => {
    const { files, directory: job } = await scaffold('items');
    for (const file of files) {
      expect(file).not.toContain('__');
      expect(await readFile(path.join(job, file), 'utf8')).not.toMatch(/__JOB|__SCHEMA/);
    }
    expect(files.length).toBeGreaterThanOrEqual(6);
  });

  it.each(['Orders', '9orders', 'a', 'or-ders', '../orders', 'orders/x', '', 'x'.repeat(41), 'orders '])('refuses the name %j and writes nothing', async (name) => {
    await expect(scaffold(name)).rejects.toMatchObject({ code: 'JOB_NAME_INVALID', exitCode: 2 });
    expect(await readdir(directory)).toEqual([]);
  });

  it('suggests what the name could be', async () => {
    await expect(scaffold('Daily-Orders')).rejects.toThrow('"daily_orders" could');
  });

  it('refuses a second job of the name and leaves the first as it is', async () => {
    const { directory: job } = await scaffold('orders');
    await writeFile(path.join(job, 'job.py'), 'mine');
    await expect(scaffold('orders', ['orders'])).rejects.toMatchObject({ code: 'JOB_EXISTS' });
    expect(await readFile(path.join(job, 'job.py'), 'utf8')).toBe('mine');
  });

  it('refuses a name that would share a stack with another job', async () => {
    await expect(scaffold('daily__orders', ['daily_orders'])).rejects.toMatchObject({ code: 'JOB_EXISTS', message: expect.stringContaining('EtlDailyOrders') });
  });

  it('refuses a name that is a prefix of gold', async () => {
    await expect(scaffold('tables')).rejects.toMatchObject({ code: 'JOB_NAME_INVALID' });
  });

  it('leaves no draft behind when the template is broken', async () => {
    await mkdir(path.join(directory, 'glue/jobs'), { recursive: true });
    await expect(scaffoldJob({ name: 'orders', existing: [], jobsDirectory: path.join(directory, 'glue/jobs'), template: path.join(directory, 'none'), schema: '' })).rejects.toThrow();
    expect(await readdir(path.join(directory, 'glue/jobs'))).toEqual([]);
  });
});

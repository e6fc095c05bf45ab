import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { buildApp } from '../../src/infra/app.js';
import { scaffoldJob } from '../../src/operations/scaffold-job.js';
import { environmentOf, loadJobs, loadWorkspace } from '../../src/workspace/load.js';

const root = path.resolve(import.meta.dirname, '../..');
const baselines = path.join(import.meta.dirname, 'baselines');

/**
 * What would be deployed from this repository's dlp.yaml with one job as written, without what changes with every edit of
 * code (asset hashes) or means nothing to CloudFormation (metadata). A difference here is a change to somebody's account:
 * read it, then UPDATE=1.
 */
describe('templates', () => {
  const workspace = mkdtempSync(path.join(tmpdir(), 'dlp-baseline-'));
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  it.each(['local', 'dev', 'prod'])('of %s are as in the baseline', async (name) => {
    rmSync(path.join(workspace, 'glue'), { recursive: true, force: true });
    await scaffoldJob({ name: 'orders', existing: [], jobsDirectory: path.join(workspace, 'glue/jobs'), template: path.join(root, 'templates/etl'), schema: '' });
    const environment = environmentOf(await loadWorkspace(root), name);
    const app = buildApp({ environments: [environment], jobs: await loadJobs({ directory: workspace }), outdir: path.join(workspace, name) });
    const templates = Object.fromEntries(app.synth().stacksRecursively.map((stack) => [`${stack.stackName}.yaml`, normalize(stack.template)]));
    const directory = path.join(baselines, name);
    if (process.env['UPDATE']) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      for (const [file, text] of Object.entries(templates)) writeFileSync(path.join(directory, file), text);
    }
    expect(Object.keys(templates).sort()).toEqual(readdirSync(directory).sort());
    for (const [file, text] of Object.entries(templates)) expect(text).toBe(readFileSync(path.join(directory, file), 'utf8'));
  });
});

function normalize(template: { Resources: Record<string, Record<string, unknown>> }): string {
  const resources = Object.fromEntries(Object.entries(template.Resources).map(([id, resource]) => [id, { ...resource, Metadata: undefined }]));
  const text = stringify({ ...template, Resources: resources }, { aliasDuplicateObjects: false, lineWidth: 0, sortMapEntries: true });
  return text.replace(/\b[0-9a-f]{64}\b/g, '<hash>').replace(/(DeploymentV?[A-Za-z]*?)[0-9a-f]{32}\b/g, '$1<hash>').replace(/MigrationsHash: \S+/g, 'MigrationsHash: <hash>');
}

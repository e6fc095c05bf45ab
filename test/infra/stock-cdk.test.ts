// The stock CDK CLI sees the lake that dlp deploys: the same stacks, byte for byte. Needs dist/, as the CLI itself does.
import { cpSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { scaffoldJob } from '../../src/operations/scaffold-job.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { app } = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')) as { app: string };
/** Without the machine's AWS settings, so that nothing can be asked of an account. */
const ENV = { PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`, AWS_EC2_METADATA_DISABLED: 'true', CDK_DISABLE_CLI_TELEMETRY: '1', NO_COLOR: '1' };

let workspace: string;
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => execa(process.execPath, args, { cwd: workspace, env: { ...ENV, HOME: workspace, ...env }, extendEnv: false, stdin: 'ignore', reject: false });
const cdk = (args: readonly string[], env?: Readonly<Record<string, string>>) => run([path.join(ROOT, 'node_modules/aws-cdk/bin/cdk'), ...args, '--no-notices', '--app', app.replace('dist/', path.join(ROOT, 'dist/'))], env);
const dlp = async <T>(...args: readonly string[]) => (JSON.parse((await run([path.join(ROOT, 'bin/run.js'), ...args, '--env', 'dev', '--json'])).stdout) as { result: T }).result;

beforeAll(async () => {
  workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'dlp-stock-')));
  cpSync(path.join(ROOT, 'dlp.yaml'), path.join(workspace, 'dlp.yaml'));
  await scaffoldJob({ name: 'orders', existing: [], jobsDirectory: path.join(workspace, 'glue/jobs'), template: path.join(ROOT, 'templates/etl'), schema: '' });
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

test('cdk ls lists the stacks of dlp ls, made of the same templates', async () => {
  const listed = await cdk(['ls', '--output', 'stock', '-c', 'env=dev']);
  expect(listed).toMatchObject({ exitCode: 0 });
  const { stacks } = await dlp<{ stacks: { id: string }[] }>('ls');
  const { templates } = await dlp<{ templates: string[] }>('synth', '--output', 'own');

  expect(stacks.length).toBeGreaterThan(9);
  // The CLI adds the CloudFormation name to an id.
  expect(listed.stdout.split('\n').map((line) => line.split(' ')[0]).sort()).toEqual(stacks.map(({ id }) => id).sort());
  expect(templates).toHaveLength(stacks.length);
  // The CLI names a template after the stack's id and a hash of its path.
  const stock = readdirSync(path.join(workspace, 'stock/assembly-Dev')).filter((name) => name.endsWith('.template.json'));
  for (const template of templates) {
    const id = template.replace('.template.json', '').replace('-', '');
    const same = stock.find((name) => name.startsWith(`Dev${id}`) && name.length === `Dev${id}01234567.template.json`.length);
    expect(readFileSync(path.join(workspace, 'own', template), 'utf8')).toBe(readFileSync(path.join(workspace, 'stock/assembly-Dev', same!), 'utf8'));
  }
});

test('an environment that dlp.yaml lacks is refused as dlp refuses it', async () => {
  const listed = await cdk(['ls'], { DLP_ENV: 'dev,staging' });
  expect(listed.exitCode).not.toBe(0);
  expect(listed.stderr).toContain('unknown environment "staging"\ndlp.yaml has: local, dev, test, prod');
});

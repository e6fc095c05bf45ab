// npm run judge: what cfn-lint, checkov and cdk-nag say of the templates of dev and prod (both engines of the mart, one job).
// Raw: what a template or a construct acknowledges is counted too, and told apart. Needs no network and no AWS.
//   --env dev,prod   environments of dlp.yaml
//   --json           everything that was found, as one document
//   --max N          ends with 1 when there are more than N errors and warnings; without it the end is 0 whatever is found
// Ends with 2 when a judge could not do its work: that is not the same as finding nothing.
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { parse } from 'yaml';
import { cfnLint, checkov } from './judging/linters.mjs';
import { distinct, inOrder, render, summarize, total } from './judging/report.mjs';
import { synthesizeTemplates } from './judging/templates.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

function flags() {
  const { values } = parseArgs({ options: { env: { type: 'string', default: 'dev,prod' }, json: { type: 'boolean', default: false }, max: { type: 'string' } } });
  if (values.max !== undefined && !/^\d+$/.test(values.max)) throw new Error(`--max ${values.max}: give a number`);
  return { environments: values.env.split(','), json: values.json, max: values.max === undefined ? Infinity : Number(values.max) };
}

async function nag({ directory, environments }) {
  const done = await execa(process.execPath, [path.join(root, 'scripts/judging/nag.mjs'), directory, ...environments], { reject: false, maxBuffer: 1e8 });
  if (done.exitCode !== 0) throw new Error(/^\w*Error: .*$/m.exec(done.stderr)?.[0] ?? done.stderr);
  return JSON.parse(done.stdout);
}

async function judge({ environments, directory }) {
  const config = parse(await readFile(path.join(root, 'dlp.yaml'), 'utf8'));
  const regions = Object.fromEntries(environments.map((name) => [name, config.environments[name]?.region]));
  const templates = await synthesizeTemplates({ root, directory, environments });
  const resources = templates.reduce((sum, template) => sum + template.resources, 0);
  const bench = { root, directory, templates, regions, environments };
  const verdicts = await Promise.all(Object.entries({ 'cfn-lint': cfnLint, checkov, 'cdk-nag': nag }).map(([name, judge]) => judge(bench).then((verdict) => inOrder(verdict, templates))
    .catch((error) => { throw new Error(`${name} could not judge: ${error.message}`, { cause: error }); })));
  const summaries = verdicts.map((verdict) => summarize(verdict, resources));
  return { environments, templates: templates.length, resources, summaries, total: total(summaries), findings: distinct(verdicts), all: verdicts.map(({ judge: name, findings }) => ({ judge: name, findings })) };
}

async function main() {
  const { environments, json, max } = flags();
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'dlp-judge-')));
  const report = await judge({ environments, directory }).finally(() => rm(directory, { recursive: true, force: true }));
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : render(report)}\n`);
  if (report.total > max) {
    process.stderr.write(`judge: ${report.total} errors and warnings are more than ${max}\n`);
    process.exitCode = 1;
  }
}

main().catch((error) => {
  process.stderr.write(`judge: ${error.message}\n`);
  process.exitCode = 2;
});

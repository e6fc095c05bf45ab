// What the judges judge: the templates of `dlp synth` in a workspace of its own, with one job from the template of jobs.
// Acknowledgements in them are taken out before anybody judges, and are kept to be reported.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** Keys of Metadata by which a template tells a judge to look away. */
const SILENCERS = {
  'cfn-lint': (value) => (value.config?.ignore_checks ?? []).map((rule) => ({ rule })),
  checkov: (value) => (value.skip ?? []).map(({ id, comment }) => ({ rule: id, reason: comment })),
  cdk_nag: (value) => (value.rules_to_suppress ?? []).map(({ id, reason }) => ({ rule: id, reason })),
  cfn_nag: (value) => (value.rules_to_suppress ?? []).map(({ id, reason }) => ({ rule: id, reason })),
};

/**
 * @typedef {{environment: string, stack: string, file: string, original: string, resources: number, acknowledged: {resource?: string, rule: string, reason?: string}[]}} JudgedTemplate
 * `file` holds the template without its silencers, `original` as synth wrote it.
 */

/**
 * Makes a workspace in `directory`, which is empty, and synthesizes each environment.
 * @returns {Promise<JudgedTemplate[]>}
 */
export async function synthesizeTemplates({ root, directory, environments }) {
  const dlp = async (...args) => JSON.parse((await execa(process.execPath, [path.join(root, 'bin/run.js'), ...args, '--json'], { cwd: directory, reject: false })).stdout);
  const must = async (...args) => {
    const answer = await dlp(...args);
    if (!answer.ok) throw new Error(`dlp ${args.join(' ')}: ${answer.error.message}${answer.error.hint ? ` (${answer.error.hint})` : ''}`);
    return answer.result;
  };
  await copyFile(path.join(root, 'dlp.yaml'), path.join(directory, 'dlp.yaml'));
  await must('etl', 'new', 'orders');
  const templates = [];
  for (const environment of environments) {
    const { directory: synthesized, templates: files } = await must('synth', '--env', environment, '--output', path.join('synth', environment));
    await mkdir(path.join(directory, 'judged', environment), { recursive: true });
    for (const name of files) {
      const original = path.join(synthesized, name);
      const { template, acknowledged } = withoutSilencers(JSON.parse(await readFile(original, 'utf8')));
      const file = path.join(directory, 'judged', environment, path.basename(name));
      // Indented as the CDK does, so that a line a judge names is the same in both.
      await writeFile(file, JSON.stringify(template, null, 1));
      templates.push({ environment, stack: stackOf(name), file, original, resources: Object.keys(template.Resources ?? {}).length, acknowledged });
    }
  }
  return templates;
}

/** The template as if nobody had told a judge to look away, and what it was told. Changes its argument. */
export function withoutSilencers(template) {
  const acknowledged = [];
  const strip = (owner, resource) => {
    for (const [key, read] of Object.entries(SILENCERS)) {
      if (owner.Metadata?.[key] === undefined) continue;
      acknowledged.push(...read(owner.Metadata[key]).map((entry) => (resource === undefined ? entry : { resource, ...entry })));
      delete owner.Metadata[key];
    }
    if (owner.Metadata && Object.keys(owner.Metadata).length === 0) delete owner.Metadata;
  };
  strip(template);
  for (const [id, resource] of Object.entries(template.Resources ?? {})) strip(resource, id);
  return { template, acknowledged };
}

/** Whether a template's own metadata acknowledges a finding. */
export function isAcknowledged(template, { rule, resource }) {
  return template.acknowledged.some((entry) => entry.rule === rule && (entry.resource === undefined || entry.resource === resource));
}

/** `Dev-DataLakeInfrastructureVpc.template.json` → `Vpc` */
function stackOf(name) {
  return path.basename(name, '.template.json').replace(/^.*DataLakeInfrastructure/, '');
}

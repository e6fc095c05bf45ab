// cfn-lint and checkov, from .dlp/judges, without network: each returns its findings, one for each rule and place.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { isAcknowledged } from './templates.mjs';

const LEVELS = { Error: 'error', Warning: 'warning', Informational: 'info' };

/** @returns {Promise<import('./report.mjs').Verdict>} */
export async function cfnLint({ root, directory, templates, regions }) {
  const run = await runner({ root, directory, tool: 'cfn-lint' });
  const findings = [];
  for (const [region, group] of Map.groupBy(templates, ({ environment }) => regions[environment])) {
    const { stdout } = await run(['-r', region, '-c', 'I', '-f', 'json', '--', ...group.map(({ file }) => file)]);
    for (const { Rule, Level, Message, Location, Filename } of JSON.parse(stdout)) {
      const template = group.find(({ file }) => file === path.resolve(directory, Filename));
      const resource = Location.Path?.[0] === 'Resources' ? Location.Path[1] : undefined;
      const finding = { rule: Rule.Id, level: LEVELS[Level] ?? 'error', resource, text: Message };
      findings.push({ ...finding, ...place(template), acknowledged: isAcknowledged(template, finding) });
    }
  }
  const rules = (await run(['-c', 'I', '--list-rules'])).stdout.split('\n').filter((line) => /^[EWI]\d{4}: /.test(line)).length;
  return { judge: 'cfn-lint', version: await version(run), checks: rules, unit: 'rules', findings };
}

/** @returns {Promise<import('./report.mjs').Verdict>} */
export async function checkov({ root, directory, templates }) {
  const run = await runner({ root, directory, tool: 'checkov' });
  const { stdout } = await run(['-d', path.join(directory, 'judged'), '--framework', 'cloudformation', '-o', 'json', '--quiet', '--compact', '--skip-download']);
  const { summary, results } = JSON.parse(stdout);
  // A template that it cannot read, or none at all, would look like one without a mistake.
  if (!summary || summary.parsing_errors > 0) throw new Error(`could not read ${summary ? results.parsing_errors.join(', ') : 'any template'}`);
  const findings = results.failed_checks.map(({ check_id: rule, check_name: text, resource: address, file_path: file }) => {
    const template = templates.find((one) => one.file === path.join(directory, 'judged', file));
    const resource = address.split('.').at(-1);
    return { rule, level: 'error', resource, text, ...place(template), acknowledged: isAcknowledged(template, { rule, resource }) };
  });
  return { judge: 'checkov', version: await version(run), checks: summary.passed + summary.failed, unit: 'checks', findings };
}

const place = ({ environment, stack }) => ({ environment, stack });

/** Runs a judge with nobody's settings: what it says depends on the templates alone. */
async function runner({ root, directory, tool }) {
  const home = path.join(directory, 'home');
  await mkdir(home, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', BC_SKIP_MAPPING: 'TRUE', LOG_LEVEL: 'ERROR' };
  // Both end with other codes than 0 when they find something; that they worked shows in their JSON.
  return (args) => execa(path.join(root, '.dlp/judges/bin', tool), args, { cwd: home, env, extendEnv: false, reject: false, stdin: 'ignore', maxBuffer: 1e8 });
}

async function version(run) {
  return /[\d.]+\d/.exec((await run(['--version'])).stdout)?.[0] ?? '?';
}

// cdk-nag's AwsSolutions pack over the app that `dlp synth` builds: after a whole synthesis, when acknowledgements and
// references between stacks have their final form. Run as a process of its own: `node nag.mjs <workspace> <env>…`.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CfnResource, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NagMessageLevel, NagRuleCompliance } from 'cdk-nag';
import { buildApp } from '../../dist/infra/app.js';
import { environmentOf, loadJobs, loadWorkspace } from '../../dist/workspace/load.js';

/** Counts the rules that concern a resource, and writes down what is acknowledged without being silenced by it. */
class RawChecks extends AwsSolutionsChecks {
  checks = 0;
  findings = [];

  applyRule(params) {
    const rule = (node) => {
      const answer = params.rule(node);
      if (answer !== NagRuleCompliance.NOT_APPLICABLE) this.checks += 1;
      return answer;
    };
    // A rule is known by the name of its function.
    super.applyRule({ ...params, rule: Object.defineProperty(rule, 'name', { value: params.rule.name }) });
  }

  // This and the next are private in the pack's types, and its only seams: the one is asked of each finding, the other keeps it.
  isAcknowledged(resource, id) {
    this.acknowledged = super.isAcknowledged(resource, id);
    return false;
  }

  addViolation(id, { info, level, node }, thrown) {
    const stack = Stack.of(node);
    this.findings.push({
      rule: id.replace(/\[.*$/s, '').replace('AwsSolutions-', ''), id, level: level === NagMessageLevel.ERROR ? 'error' : 'warning',
      resource: stack.resolve(node.logicalId), stack: stack.node.id.replace(/^.*DataLakeInfrastructure/, ''),
      text: thrown ? `the rule threw: ${thrown}` : info, acknowledged: this.acknowledged,
    });
  }
}

async function main(directory, names) {
  const workspace = await loadWorkspace(directory);
  const jobs = await loadJobs(workspace);
  const findings = [];
  let checks = 0;
  for (const name of names) {
    const outdir = path.join(directory, 'nag', name);
    const app = buildApp({ environments: [environmentOf(workspace, name)], jobs, outdir });
    await sameTemplates(app.synth(), directory, name);
    const pack = new RawChecks();
    pack.validateScope(app);
    if (!app.node.findAll().some((node) => CfnResource.isCfnResource(node)) || pack.checks === 0) throw new Error('cdk-nag looked at no resource');
    checks += pack.checks;
    findings.push(...pack.findings.map((finding) => ({ environment: name, ...finding })));
  }
  const { version } = createRequire(import.meta.url)('cdk-nag/package.json');
  process.stdout.write(JSON.stringify({ judge: 'cdk-nag', version, checks, unit: 'checks', findings }));
}

/** All judges must have judged the same. */
async function sameTemplates(assembly, directory, name) {
  for (const { templateFullPath, stackName } of assembly.stacksRecursively) {
    const other = path.join(directory, 'synth', name, `${stackName}.template.json`);
    if ((await readFile(templateFullPath, 'utf8')) !== (await readFile(other, 'utf8'))) throw new Error(`${path.basename(other)} is another template than that of dlp synth; has dist/ changed meanwhile?`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2], process.argv.slice(3));

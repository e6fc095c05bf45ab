import { Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import { askYesNo } from '../cli/prompt.js';
import { renderBootstrapOutcome, renderBootstrapPlan, renderPolicies } from '../cli/render-bootstrap.js';
import { POLICY_CHOICES } from '../core/bootstrap.js';
import type { BootstrapResult } from '../operations/bootstrap-environments.js';
import type { ShownPolicies } from '../operations/show-execution-policies.js';

export default class Bootstrap extends LakeCommand<BootstrapResult | ShownPolicies> {
  static override summary = "Make environments' accounts ready for deployments";
  static override description = `Creates or updates the CDK's bootstrap as dlp.yaml says: a bucket with its own key for templates and assets, and the roles that deploy; then checks that all of it works. Several environments side by side.
First compares the account of the credentials with dlp.yaml, for all of them; then shows what it will do and asks, or wants --yes. What lets anybody do more than before wants --allow-wider as well. A second run changes nothing and asks nothing.
With --policy least CloudFormation may do only what the templates need: dlp makes the policies in a stack of their own. Without --policy an account keeps the policies that it has, unless dlp.yaml names others.`;
  static override examples = [
    '<%= config.bin %> bootstrap --env dev --env test',
    '<%= config.bin %> bootstrap --env prod --policy least',
    { description: 'the policies that --policy least would make, without AWS', command: '<%= config.bin %> bootstrap --env dev --show-policy' },
  ];
  static override flags = {
    ...environmentFlags,
    env: Flags.string({ char: 'e', summary: 'environment of dlp.yaml; several with commas, or given several times', env: 'DLP_ENV', required: true, multiple: true, multipleNonGreedy: true, helpValue: '<name>' }),
    policy: Flags.string({ summary: 'what CloudFormation may do: what the templates need, or everything (AdministratorAccess)', env: 'DLP_POLICY', options: [...POLICY_CHOICES] }),
    'show-policy': Flags.boolean({ summary: 'print the policies of --policy least and do nothing', env: 'DLP_SHOW_POLICY', default: false }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask', env: 'DLP_YES', default: false }),
    'allow-wider': Flags.boolean({ summary: 'with --yes: also when somebody or something may do more than before', env: 'DLP_ALLOW_WIDER', default: false }),
  };

  protected async execute(): Promise<BootstrapResult | ShownPolicies> {
    const { flags } = await this.parse(Bootstrap);
    // From DLP_ENV oclif gives one text, also where a flag may be repeated.
    const names = new Set([flags.env].flat().flatMap((text) => text.split(',')).map((name) => name.trim()).filter(Boolean));
    const contexts = await Promise.all([...names].map((env) => this.open({ env, profile: flags.profile })));
    if (flags['show-policy']) {
      const { showExecutionPolicies } = await import('../operations/show-execution-policies.js');
      return showExecutionPolicies(await Promise.all(contexts.map(async ({ environment, templates }) => ({ environment, templates: await templates() }))));
    }
    const [{ bootstrapEnvironments }, ...targets] = await Promise.all([import('../operations/bootstrap-environments.js'), ...contexts.map((context) => context.bootstrap())]);
    return bootstrapEnvironments({
      targets, choice: flags.policy as (typeof POLICY_CHOICES)[number] | undefined, given: { yes: flags.yes, allowWider: flags['allow-wider'] }, emit: this.emit,
      show: (plans) => this.show(plans.map(renderBootstrapPlan).join('\n')), ask: askYesNo,
    });
  }

  protected render(result: BootstrapResult | ShownPolicies): string {
    const [first] = result.environments;
    return first && 'policies' in first ? renderPolicies(result as ShownPolicies) : (result as BootstrapResult).environments.map(renderBootstrapOutcome).join('\n');
  }
}

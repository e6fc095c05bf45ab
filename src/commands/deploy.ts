import { randomUUID } from 'node:crypto';
import { approvePlan } from '../cli/approve-plan.js';
import { LakeCommand, stackArguments } from '../cli/base-command.js';
import { openWorkspace } from '../cli/context.js';
import { deployFlags } from '../cli/deploy-flags.js';
import { readPlanFile, writePlanFile } from '../cli/plan-file.js';
import { renderDeployment } from '../cli/render-deployment.js';
import { chooseEnvironments, type DeployedEverywhere } from '../operations/deploy-environments.js';
import type { DeployResult } from '../operations/deploy-lake.js';

export default class Deploy extends LakeCommand<DeployResult | DeployedEverywhere> {
  static override summary = 'Deploy the lake, or some of its stacks';
  static override description = `Synthesizes once, shows what would be created, changed, replaced and removed, gets the approvals that this needs, and deploys
the stacks that change side by side along their dependencies. Named stacks are deployed together with those that they depend on.
Before anything is written: the account of the credentials is compared with dlp.yaml, the roles of the bootstrap are tried, and in prod Git must show the configured branch and a clean tree.
Additions and changes in place are asked about in test (or --yes); prod wants its name typed (or --confirm prod). Data that would be replaced or removed, and rights that become wider, are asked about one by one everywhere, or allowed by --allow-replace and --allow-iam.
One deployment at a time to an environment. The first Ctrl-C begins nothing more, cancels updates and waits; the second leaves CloudFormation alone with it. The next deploy goes on where things are.
The environment local is bootstrapped on the way.`;
  static override examples = [
    '<%= config.bin %> deploy --env local',
    { description: 'one stack, by its short name, its id or a pattern', command: '<%= config.bin %> deploy --env dev "Etl*"' },
    { description: 'look first, deploy exactly that later', command: '<%= config.bin %> deploy --env prod --plan-only --save-plan prod.plan\n<%= config.bin %> deploy --env prod --plan prod.plan' },
  ];
  static override strict = false;
  static override args = stackArguments;
  static override flags = deployFlags;

  protected async execute(): Promise<DeployResult | DeployedEverywhere> {
    const { flags, argv } = await this.parse(Deploy);
    const { deployEnvironments } = await import('../operations/deploy-environments.js');
    const saved = flags.plan === undefined ? undefined : await readPlanFile(flags.plan);
    const chosen = chooseEnvironments(await openWorkspace(), { env: flags.env, all: flags['all-envs'] });
    return deployEnvironments(chosen, async (env) => {
      const [{ deployLake }, ports] = await Promise.all([import('../operations/deploy-lake.js'), this.open({ env, profile: flags.profile }).then((context) => context.deployment())]);
      return deployLake({
        ...ports, emit: this.emit, patterns: argv as string[], saved, concurrency: flags.concurrency,
        given: { yes: flags.yes, confirm: flags.confirm, allowReplace: flags['allow-replace'], allowIam: flags['allow-iam'] },
        planOnly: flags['plan-only'], forceGit: flags['force-git'], allowCallerRole: flags['allow-caller-role'], breakLock: flags['break-lock'],
        ...(flags['save-plan'] && { save: writePlanFile(flags['save-plan']) }),
        approve: approvePlan({ show: this.show, canAsk: this.canAsk }), now: () => new Date(), nonce: randomUUID(), version: this.config.version,
      });
    });
  }

  protected render(result: DeployResult | DeployedEverywhere): string {
    return ('environments' in result ? result.environments : [result]).map(renderDeployment).filter(Boolean).join('\n\n');
  }
}

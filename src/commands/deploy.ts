import { Args, Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import { askYesNo } from '../cli/prompt.js';
import { table } from '../cli/table.js';
import type { DeployResult } from '../operations/deploy-lake.js';

export default class Deploy extends LakeCommand<DeployResult> {
  static override summary = 'Deploy the lake, or some of its stacks';
  static override description = `Synthesizes once and deploys side by side along the dependencies; a stack without changes is left alone.
Named stacks are deployed together with those that they depend on.
First compares the account of the credentials with dlp.yaml. In test and prod it asks, or wants --yes.
The environment local is bootstrapped on the way.`;
  static override examples = [
    '<%= config.bin %> deploy --env local',
    { description: 'one stack, by its short name, its id or a pattern', command: '<%= config.bin %> deploy --env dev "Etl*"' },
  ];
  static override strict = false;
  static override args = { stack: Args.string({ description: 'stack id, CloudFormation name or short name; * and ? match; all when left out' }) };
  static override flags = {
    ...environmentFlags,
    yes: Flags.boolean({ char: 'y', summary: 'do not ask', env: 'DLP_YES', default: false }),
  };

  protected async execute(): Promise<DeployResult> {
    const { flags, argv } = await this.parse(Deploy);
    const context = await this.open(flags);
    const [{ deployLake }, cdk, { identity }] = await Promise.all([import('../operations/deploy-lake.js'), context.engine(), context.readers()]);
    return deployLake({
      environment: context.environment, identity, ...cdk, emit: this.emit, patterns: argv as string[],
      approve: async () => flags.yes || askYesNo(`deploy to ${flags.env}?`, '--yes'),
    });
  }

  protected render({ stacks }: DeployResult): string {
    return table(['stack', 'result'], stacks.map((stack) => [stack.id, stack.result]));
  }
}

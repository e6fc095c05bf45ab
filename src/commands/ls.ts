import { environmentFlags, LakeCommand, stackArguments } from '../cli/base-command.js';
import type { StackSummary } from '../core/ports.js';
import { selectStacks } from '../core/select-stacks.js';

interface LsResult { readonly stacks: readonly StackSummary[] }

export default class Ls extends LakeCommand<LsResult> {
  static override summary = 'List the stacks of an environment';
  static override description = 'Synthesizes in process and prints each stack with its id, in the order of deployment. Needs no AWS access and changes nothing.';
  static override examples = ['<%= config.bin %> ls --env dev', '<%= config.bin %> ls --env prod "Etl*" --json'];
  static override strict = false;
  static override args = stackArguments;
  static override flags = { ...environmentFlags };

  protected async execute(): Promise<LsResult> {
    const { flags, argv } = await this.parse(Ls);
    const context = await this.open(flags);
    return { stacks: selectStacks(await (await context.templates()).list(), argv as string[]) };
  }

  protected render({ stacks }: LsResult): string {
    return stacks.map((stack) => stack.id).join('\n');
  }
}

import { Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import { askText } from '../cli/prompt.js';
import { table } from '../cli/table.js';
import type { DestroyResult } from '../operations/destroy-lake.js';

export default class Destroy extends LakeCommand<DestroyResult> {
  static override summary = 'Delete the lake of the local cloud';
  static override description = 'Deletes the stacks in reverse order. As on AWS, a bucket that holds anything is not deleted and its stack stays. Works on local only; `dlp local reset` starts from nothing instead.';
  static override examples = ['<%= config.bin %> destroy --env local', '<%= config.bin %> destroy --env local --confirm local'];
  static override flags = {
    ...environmentFlags,
    confirm: Flags.string({ summary: 'the name of the environment, instead of typing it', env: 'DLP_CONFIRM', helpValue: '<name>' }),
  };

  protected async execute(): Promise<DestroyResult> {
    const { flags } = await this.parse(Destroy);
    const context = await this.open(flags);
    const [{ destroyLake }, cdk, { identity }] = await Promise.all([import('../operations/destroy-lake.js'), context.engine(), context.readers()]);
    return destroyLake({
      environment: context.environment, identity, ...cdk, emit: this.emit,
      confirm: async () => flags.confirm ?? askText(`type the name of the environment (${flags.env}) to delete its lake:`, `--confirm ${flags.env}`),
    });
  }

  protected render({ stacks }: DestroyResult): string {
    return table(['stack', 'result'], stacks.map((stack) => [stack.id, stack.result]));
  }
}

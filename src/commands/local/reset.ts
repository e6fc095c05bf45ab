import { Flags } from '@oclif/core';
import { LakeCommand } from '../../cli/base-command.js';
import { openLocalCloud } from '../../cli/context.js';
import { askYesNo } from '../../cli/prompt.js';
import { DlpError } from '../../core/errors.js';
import type { LocalReset } from '../../local/cloud.js';

export default class Reset extends LakeCommand<LocalReset> {
  static override summary = 'Stop the local cloud and delete everything it holds';
  static override description = 'Deletes the state directory: buckets, tables, the data mart and the audit record of the local cloud. Asks, or wants --yes. No other environment is touched.';
  static override examples = ['<%= config.bin %> local reset --yes'];
  static override flags = { yes: Flags.boolean({ char: 'y', summary: 'do not ask', env: 'DLP_YES', default: false }) };

  protected async execute(): Promise<LocalReset> {
    const { flags } = await this.parse(Reset);
    const cloud = await openLocalCloud();
    if (!flags.yes && !(await askYesNo('delete everything that the local cloud holds?', '--yes'))) throw new DlpError('ABORTED', 'the local cloud was not reset', { hint: 'nothing was deleted' });
    return cloud.reset(this.emit);
  }

  protected render({ deleted, state }: LocalReset): string {
    return deleted ? `deleted ${state}` : 'there was nothing to delete';
  }
}

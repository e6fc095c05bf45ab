import { LakeCommand } from '../../cli/base-command.js';
import { openLocalCloud } from '../../cli/context.js';
import type { LocalDown } from '../../local/cloud.js';

export default class Down extends LakeCommand<LocalDown> {
  static override summary = 'Stop the local cloud';
  static override description = 'Ends the emulator, PostgreSQL and everything they started; no process is left. What they hold is kept and is there again after `dlp local up`.';
  static override examples = ['<%= config.bin %> local down'];

  protected async execute(): Promise<LocalDown> {
    await this.parse(Down);
    return (await openLocalCloud()).down(this.emit);
  }

  protected render({ already, stopped }: LocalDown): string {
    return already ? 'the local cloud was not running' : `stopped: ${stopped.join(', ')}`;
  }
}

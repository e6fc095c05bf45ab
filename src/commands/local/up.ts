import { LakeCommand } from '../../cli/base-command.js';
import { openLocalCloud } from '../../cli/context.js';
import type { LocalUp } from '../../local/cloud.js';

export default class Up extends LakeCommand<LocalUp> {
  static override summary = 'Start the local cloud';
  static override description = 'Starts the AWS emulator and PostgreSQL on 127.0.0.1, after checking Java, Python and the ports. Again is a no-op; a part that has crashed is started again. State is kept in the directory that dlp.yaml names.';
  static override examples = ['<%= config.bin %> local up'];

  protected async execute(): Promise<LocalUp> {
    await this.parse(Up);
    return (await openLocalCloud()).up(this.emit);
  }

  protected render({ already, endpoint, postgres }: LocalUp): string {
    return `${already ? 'the local cloud was running already' : 'the local cloud is running'}: ${endpoint}, PostgreSQL on ${postgres.host}:${postgres.port}`;
  }
}

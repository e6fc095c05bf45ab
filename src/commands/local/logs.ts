import { Args, Flags } from '@oclif/core';
import { LakeCommand } from '../../cli/base-command.js';
import { openLocalCloud } from '../../cli/context.js';

interface LogsResult { readonly lines: readonly string[] }

export default class Logs extends LakeCommand<LogsResult> {
  static override summary = 'Show the logs of the local cloud';
  static override description = 'Parts: emulator, postgres, and one per Spark run (spark/<run>, or spark for all). Changes nothing.';
  static override examples = ['<%= config.bin %> local logs emulator --lines 50', '<%= config.bin %> local logs spark --follow'];
  static override strict = false;
  static override args = { part: Args.string({ description: 'part of the local cloud; all when left out' }) };
  static override flags = {
    lines: Flags.integer({ char: 'n', summary: 'last lines of each part', env: 'DLP_LINES', default: 100, min: 0 }),
    follow: Flags.boolean({ char: 'f', summary: 'go on until Ctrl-C', env: 'DLP_FOLLOW', default: false, exclusive: ['json'] }),
  };

  protected async execute(): Promise<LogsResult> {
    const { flags, argv } = await this.parse(Logs);
    const cloud = await openLocalCloud();
    const lines: string[] = [];
    for await (const line of cloud.logs({ parts: argv as string[], lines: flags.lines, follow: flags.follow })) {
      // Lines are shown as they come: --follow has no end.
      if (flags.follow) this.log(line);
      else lines.push(line);
    }
    return { lines };
  }

  protected render({ lines }: LogsResult): string {
    return lines.join('\n');
  }
}

import { LakeCommand } from '../../cli/base-command.js';
import { openLocalCloud } from '../../cli/context.js';
import { table } from '../../cli/table.js';
import type { LocalStatus } from '../../local/status.js';

export default class Status extends LakeCommand<LocalStatus> {
  static override summary = 'Show what of the local cloud is running';
  static override description = 'Names a part that has crashed, with the last it said. Changes nothing. Ends with 0 also when the local cloud is stopped; `running` in the JSON tells.';
  static override examples = ['<%= config.bin %> local status', '<%= config.bin %> local status --json'];

  protected async execute(): Promise<LocalStatus> {
    await this.parse(Status);
    return (await openLocalCloud()).status();
  }

  protected render({ parts, endpoint, postgres, state, glueRuns }: LocalStatus): string {
    const where = { emulator: endpoint, postgres: `${postgres.host}:${postgres.port}` } as Readonly<Record<string, string>>;
    return [
      table(['part', 'state', 'where', 'pid', 'since', 'detail'], parts.map((part) => [part.name, part.state, part.state === 'running' ? where[part.name] : null, part.pid, part.since, part.detail])),
      ...glueRuns.map((run) => `Glue run ${run.runId} of ${run.jobName}: ${run.state}${run.pid ? ` (pid ${run.pid})` : ''}`),
      `state: ${state}`,
    ].join('\n');
  }
}

import { Args, Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../../cli/base-command.js';
import { table } from '../../cli/table.js';
import type { Run } from '../../core/run.js';

interface RunsResult { readonly runs: readonly Run[] }

export default class EtlRuns extends LakeCommand<RunsResult> {
  static override summary = 'Show the audit record of ETL runs, newest first';
  static override description = 'Every run that ever began is here, with its counts: read = written + quarantined + deduplicated, and written = loaded, or the run is not a success. Changes nothing.';
  static override examples = ['<%= config.bin %> etl runs orders --env local', '<%= config.bin %> etl runs --env prod --status FAILED --json'];
  static override args = { job: Args.string({ description: 'only this job' }) };
  static override flags = {
    ...environmentFlags,
    limit: Flags.integer({ summary: 'at most so many runs', env: 'DLP_LIMIT', default: 20, min: 1, max: 500 }),
    status: Flags.option({ options: ['RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED'] as const, summary: 'only runs with this status', env: 'DLP_STATUS' })(),
  };

  protected async execute(): Promise<RunsResult> {
    const { flags, args } = await this.parse(EtlRuns);
    const context = await this.open(flags);
    const [{ readRuns }, readers] = await Promise.all([import('../../operations/read-runs.js'), context.readers()]);
    return { runs: await readRuns(readers, { job: args.job, limit: flags.limit, status: flags.status }) };
  }

  protected render({ runs }: RunsResult): string {
    if (runs.length === 0) return 'no runs yet';
    return table(['run', 'status', 'read', 'written', 'quarantined', 'deduplicated', 'loaded', 'reconciled', 'started', 'seconds'], runs.map((run) => [
      run.run, run.status, run.rowsRead, run.rowsWritten, run.rowsQuarantined, run.rowsDeduplicated, run.rowsLoaded,
      run.reconciled === null ? null : run.reconciled ? 'yes' : 'no', run.startedAt, run.durationSeconds,
    ]));
  }
}

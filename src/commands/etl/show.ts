import { Args } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../../cli/base-command.js';
import { renderRun } from '../../cli/render-run.js';
import type { RunDetail } from '../../core/run.js';

interface ShowResult { readonly run: RunDetail }

export default class EtlShow extends LakeCommand<ShowResult> {
  static override summary = 'Show the whole audit record of one run';
  static override description = 'Counts, broken rules, where the quarantined rows are, and the reason of a failure. Changes nothing.';
  static override examples = ['<%= config.bin %> etl show orders-20261123T101500Z-1a2b3c4d --env local'];
  static override args = { run: Args.string({ description: 'a run of `dlp etl runs`', required: true }) };
  static override flags = { ...environmentFlags };

  protected async execute(): Promise<ShowResult> {
    const { flags, args } = await this.parse(EtlShow);
    const context = await this.open(flags);
    const [{ readRun }, readers] = await Promise.all([import('../../operations/read-runs.js'), context.readers()]);
    return { run: await readRun(readers, args.run) };
  }

  protected render({ run }: ShowResult): string {
    return renderRun(run);
  }
}

import { Flags } from '@oclif/core';
import { environmentFlags, LakeCommand, stackArguments } from '../cli/base-command.js';
import { renderPlan } from '../cli/render-plan.js';
import type { DiffResult } from '../operations/diff-lake.js';

export default class Diff extends LakeCommand<DiffResult> {
  static override summary = 'Show what a deployment would change';
  static override description = 'Compares the templates of the code here with those of the account, property by property, and names resources that would be replaced, removed or hold data, and rights that become wider. Changes nothing. Ends with 0 also when there are differences, unless --fail is given.';
  static override examples = ['<%= config.bin %> diff --env dev', '<%= config.bin %> diff --env prod "Etl*" --fail'];
  static override strict = false;
  static override args = stackArguments;
  static override flags = {
    ...environmentFlags,
    fail: Flags.boolean({ summary: 'end with 1 when there are differences', env: 'DLP_FAIL', default: false }),
  };

  protected async execute(): Promise<DiffResult> {
    const { flags, argv } = await this.parse(Diff);
    const context = await this.open(flags);
    const [{ diffLake }, ports] = await Promise.all([import('../operations/diff-lake.js'), context.deployment()]);
    return diffLake({ ...ports, emit: this.emit, patterns: argv as string[], fail: flags.fail });
  }

  protected render({ plan, text }: DiffResult): string {
    return [...Object.entries(text).map(([id, lines]) => `${id}\n${lines}\n`), renderPlan(plan)].join('\n');
  }
}

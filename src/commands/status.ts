import { Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import { openWorkspace } from '../cli/context.js';
import { openStatus } from '../cli/status-context.js';
import { renderStatus, renderWatched } from '../cli/render-status.js';
import { watchScreen } from '../cli/watch-screen.js';
import { exitCodeOf } from '../core/judge-status.js';
import type { LakeStatus } from '../core/status.js';

export default class Status extends LakeCommand<LakeStatus> {
  static override summary = 'Show how the environments are, side by side';
  static override description = `Looks at every environment of dlp.yaml, or at those that --env names, all at the same time. Changes nothing, signs nobody in, and loads the CDK only with --compare.
A part that cannot be read says why, and hides nothing else.
Ends with 1 when something is wrong: credentials of another account; a stack that failed or was rolled back, or is in progress with nothing happening for an hour; stacks without a bootstrap; drift (--drift); a template that differs from the code here (--compare); a declared secret that is missing, being deleted or too old; a job whose last run failed or whose schedule was missed; a mart that does not answer; an open alarm; a deploy lock held for two hours; a last deployment that failed or was interrupted.
Otherwise, when not everything could be seen, it ends as any command would for that reason: 3 without credentials or permission or in time, 2 when the local cloud is not running. An environment that is empty is not wrong. Without --env, one that is signed out or not running is only shown, as long as another one could be seen.`;
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --env dev --drift --compare',
    { description: 'while somebody deploys', command: '<%= config.bin %> status --env dev --watch' },
    '<%= config.bin %> status --env prod --json',
  ];
  static override flags = {
    ...environmentFlags,
    env: Flags.string({ char: 'e', summary: 'only this environment; give it again for more', env: 'DLP_ENV', multiple: true, helpValue: '<name>' }),
    drift: Flags.boolean({ summary: 'have CloudFormation look for changes made by hand; takes up to minutes', env: 'DLP_DRIFT', default: false }),
    compare: Flags.boolean({ summary: 'compare what is deployed with the code here', env: 'DLP_COMPARE', default: false }),
    watch: Flags.boolean({ char: 'w', summary: 'draw it again and again, until Ctrl-C', env: 'DLP_WATCH', default: false }),
    interval: Flags.integer({ summary: 'seconds between two pictures of --watch', env: 'DLP_INTERVAL', default: 5, min: 1, max: 3600, helpValue: '<seconds>' }),
  };

  protected async execute(): Promise<LakeStatus> {
    const { flags: { env = [], profile, drift, compare, watch, interval } } = await this.parse(Status);
    const targets = await openStatus(await openWorkspace(), { envs: [env].flat(), profile });
    const { createStatusReader, readStatus } = await import('../operations/read-status.js');
    if (!watch) return readStatus({ targets, drift, compare, emit: this.emit });
    const read = createStatusReader({ targets, drift, compare });
    const draw = async () => renderWatched(await read(), interval);
    return watchScreen({ draw, intervalMs: interval * 1_000, json: this.jsonEnabled(), stream: process.stdout });
  }

  protected render(status: LakeStatus): string {
    return renderStatus(status);
  }

  protected override exitCodeOf(status: LakeStatus): number {
    return exitCodeOf(status);
  }
}

import { Args, Flags } from '@oclif/core';
import path from 'node:path';
import { stat } from 'node:fs/promises';
import { environmentFlags, LakeCommand } from '../../cli/base-command.js';
import { workingDirectory } from '../../cli/context.js';
import { renderRun } from '../../cli/render-run.js';
import { DlpError } from '../../core/errors.js';
import type { RunJobResult } from '../../operations/run-job.js';

export default class EtlRun extends LakeCommand<RunJobResult> {
  static override summary = 'Run an ETL job on a file and wait for its audited end';
  static override description = `--file lands a local file, which starts the job as any landed file does; --key starts it on a file that is in the landing bucket.
Ends well only when the run succeeded and its counts reconcile. A file that was loaded before is recognized and not loaded twice.`;
  static override examples = [
    '<%= config.bin %> etl run orders --env local --file orders.csv',
    '<%= config.bin %> etl run orders --env dev --key orders/2026-11-23.csv --no-wait',
  ];
  static override args = { job: Args.string({ description: 'a deployed job', required: true }) };
  static override flags = {
    ...environmentFlags,
    file: Flags.string({ summary: 'local file to land', env: 'DLP_FILE', exactlyOne: ['file', 'key'], helpValue: '<path>' }),
    key: Flags.string({ summary: 'key in the landing bucket', env: 'DLP_KEY', helpValue: '<key>' }),
    force: Flags.boolean({ summary: 'also when the same content was loaded before', env: 'DLP_FORCE', dependsOn: ['key'] }),
    wait: Flags.boolean({ summary: 'wait for the end of the run', env: 'DLP_WAIT', default: true, allowNo: true }),
    timeout: Flags.integer({ summary: 'seconds to wait', env: 'DLP_TIMEOUT', default: 3_600, min: 1 }),
  };

  protected async execute(): Promise<RunJobResult> {
    const { flags, args } = await this.parse(EtlRun);
    const context = await this.open(flags);
    const file = flags.file && path.resolve(workingDirectory(), flags.file);
    if (file && !(await stat(file).catch(() => undefined))?.isFile()) throw new DlpError('FILE_MISSING', `no file at ${file}`, { hint: '--file names a file on this machine, --key one in the landing bucket' });
    const [{ runJob }, readers] = await Promise.all([import('../../operations/run-job.js'), context.readers()]);
    return runJob({
      ...readers, environment: context.environment, emit: this.emit, job: args.job, wait: flags.wait, timeoutSeconds: flags.timeout,
      input: file ? { file } : { key: flags.key!, force: flags.force ?? false },
    });
  }

  protected render({ job, key, run }: RunJobResult): string {
    return run ? renderRun(run) : `${job} was started on ${key}; \`dlp etl runs ${job}\` shows how it goes`;
  }
}

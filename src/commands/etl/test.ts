import { Args } from '@oclif/core';
import { LakeCommand } from '../../cli/base-command.js';
import { openJobTests, openWorkspace } from '../../cli/context.js';
import { loadJobs } from '../../workspace/load.js';
import type { TestJobResult } from '../../operations/test-job.js';

export default class EtlTest extends LakeCommand<TestJobResult> {
  static override summary = "Run a job's tests on this machine's Spark";
  static override description = 'Runs test_job.py of the job with pytest. Needs no local cloud and changes nothing.';
  static override examples = ['<%= config.bin %> etl test orders'];
  static override args = { job: Args.string({ description: 'a job of the workspace', required: true }) };

  protected async execute(): Promise<TestJobResult> {
    const { args } = await this.parse(EtlTest);
    const [{ testJob }, jobs, tests] = await Promise.all([import('../../operations/test-job.js'), loadJobs(await openWorkspace()), openJobTests()]);
    return testJob({ name: args.job, jobs, tests, emit: this.emit });
  }

  protected render({ job, passed }: TestJobResult): string {
    return `${job}: ${passed} tests passed`;
  }
}

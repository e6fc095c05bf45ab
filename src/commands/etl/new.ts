import { Args } from '@oclif/core';
import path from 'node:path';
import { LakeCommand } from '../../cli/base-command.js';
import { INSTALLATION, openWorkspace, workingDirectory } from '../../cli/context.js';
import { JOBS_DIRECTORY, loadJobs } from '../../workspace/load.js';
import type { ScaffoldResult } from '../../operations/scaffold-job.js';

export default class EtlNew extends LakeCommand<ScaffoldResult> {
  static override aliases = ['new-etl-job'];
  static override summary = 'Write a new ETL job';
  static override description = `Writes glue/jobs/<name>/: what the job loads (job.yaml), its own logic (job.py), its state machine (workflow.asl.yaml), a test, a sample and a README.
It deploys as written. Changes nothing in an account.`;
  static override examples = ['<%= config.bin %> etl new orders'];
  static override args = { name: Args.string({ description: 'lower case letters, digits and _', required: true }) };

  protected async execute(): Promise<ScaffoldResult> {
    const { args } = await this.parse(EtlNew);
    const workspace = await openWorkspace();
    const [{ scaffoldJob }, jobs] = await Promise.all([import('../../operations/scaffold-job.js'), loadJobs(workspace)]);
    return scaffoldJob({
      name: args.name, existing: jobs.map((job) => job.spec.name),
      jobsDirectory: path.join(workspace.directory, JOBS_DIRECTORY), template: path.join(INSTALLATION, 'templates', 'etl'),
      schema: path.join(INSTALLATION, 'schema', 'job.schema.json'),
    });
  }

  protected render({ job, directory, files }: ScaffoldResult): string {
    const shown = path.relative(workingDirectory(), directory) || directory;
    return [`wrote the job ${job}:`, ...files.map((file) => `  ${path.join(shown, file)}`), `next: edit job.yaml, then \`dlp deploy --env local "Etl*"\``].join('\n');
  }
}

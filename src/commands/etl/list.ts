import { Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../../cli/base-command.js';
import { openWorkspace } from '../../cli/context.js';
import { table } from '../../cli/table.js';
import { loadJobs } from '../../workspace/load.js';
import { listJobs, type JobListing } from '../../operations/list-jobs.js';

export default class EtlList extends LakeCommand<JobListing> {
  static override summary = 'List the ETL jobs of the workspace and of an environment';
  static override description = 'Without --env only the workspace is read. Changes nothing.';
  static override examples = ['<%= config.bin %> etl list', '<%= config.bin %> etl list --env local'];
  static override flags = { ...environmentFlags, env: Flags.string({ char: 'e', summary: 'also say what is deployed there', env: 'DLP_ENV', helpValue: '<name>' }) };

  protected async execute(): Promise<JobListing> {
    const { flags } = await this.parse(EtlList);
    if (flags.env === undefined) return listJobs({ local: await loadJobs(await openWorkspace()) });
    const context = await this.open({ env: flags.env, profile: flags.profile });
    return listJobs({ local: await context.jobs(), deployed: await context.readers() });
  }

  protected render({ jobs }: JobListing): string {
    if (jobs.length === 0) return 'no jobs yet; `dlp etl new <name>` writes one';
    return table(['job', 'trigger', 'table', 'here', 'deployed', 'description'], jobs.map((job) => [job.job, job.trigger, job.table, job.here ? 'yes' : 'no', job.deployed === null ? null : job.deployed ? 'yes' : 'no', job.description]));
  }
}

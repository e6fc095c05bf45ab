// What jobs there are: in the workspace, and in an environment when one is given.
import type { Job } from '../core/job.js';
import type { DeployedStacks, Functions } from '../core/ports.js';
import { readDeployedJobs, type DeployedJob } from './read-runs.js';

export interface ListedJob {
  readonly job: string;
  readonly description: string;
  readonly trigger: string;
  readonly table: string;
  readonly here: boolean;
  /** null when no environment was asked. */
  readonly deployed: boolean | null;
}
export interface JobListing { readonly jobs: readonly ListedJob[] }

export async function listJobs({ local, deployed: ports }: { readonly local: readonly Job[]; readonly deployed?: { stacks: DeployedStacks; functions: Functions } }): Promise<JobListing> {
  const there = ports ? await readDeployedJobs(ports) : undefined;
  const names = [...new Set([...local.map((job) => job.spec.name), ...(there ?? []).map((job) => job.job)])].sort();
  return {
    jobs: names.map((name) => {
      const here = local.find((job) => job.spec.name === name)?.spec;
      const remote = there?.find((job) => job.job === name);
      return {
        job: name,
        description: here?.description ?? remote?.description ?? '',
        trigger: triggerText(here?.trigger ?? remote?.trigger ?? {}),
        table: here?.target.table ?? remote?.table ?? '',
        here: here !== undefined,
        deployed: there ? remote !== undefined : null,
      };
    }),
  };
}

function triggerText(trigger: DeployedJob['trigger']): string {
  return trigger.schedule ?? (trigger.event ? `file in ${trigger.event.prefix}${trigger.event.suffix ? `*${trigger.event.suffix}` : ''}` : '');
}

// Runs the tests that a job brings with it.
import { DlpError } from '../core/errors.js';
import { step, type Emit } from '../core/events.js';
import type { Job } from '../core/job.js';
import type { JobTests } from '../core/ports.js';

export interface TestJobResult { readonly job: string; readonly passed: number; readonly failed: number }

/** @throws JOB_UNKNOWN, PREREQUISITE_MISSING, TESTS_FAILED with what pytest said */
export async function testJob({ name, jobs, tests, emit }: { readonly name: string; readonly jobs: readonly Job[]; readonly tests: JobTests; readonly emit: Emit }): Promise<TestJobResult> {
  const job = jobs.find((candidate) => candidate.spec.name === name);
  if (!job) throw new DlpError('JOB_UNKNOWN', `there is no job "${name}" in this workspace`, { hint: `jobs: ${jobs.map((j) => j.spec.name).join(', ') || 'none'}` });
  const { passed, failed, passedAll, output } = await step(emit, 'test', `tests of ${name}`, (say) => tests.run(job.folder, say), (counts) => ({ text: `${counts.passed} passed, ${counts.failed} failed`, outcome: counts.passedAll ? 'done' : 'failed' }));
  // Exit code 0 with no test run would prove nothing; pytest itself ends with 5 then.
  if (!passedAll) throw new DlpError('TESTS_FAILED', `the tests of ${name} failed\n${output.join('\n')}`, { details: { passed, failed } });
  return { job: name, passed, failed };
}

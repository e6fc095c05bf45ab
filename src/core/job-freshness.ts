// How fresh a job's data is: its last run, its last success, and whether its schedule has been missed. Pure.
import type { Run } from './run.js';
import { previousDue, ratePeriod } from './schedule.js';

type Glance = Pick<Run, 'run' | 'status' | 'startedAt' | 'endedAt'>;

export interface JobFreshness {
  /** The newest run, of any status; null: the job never ran. */
  readonly lastRun: Glance | null;
  /** The newest run that succeeded or failed: one that was skipped changes nothing, one that runs has not ended. */
  readonly lastOutcome: Glance | null;
  /** ISO 8601, UTC; null: never. */
  readonly lastSuccessAt: string | null;
  /** Of a scheduled job: when a run should have begun that has not; null: none is missing. */
  readonly overdueSince: string | null;
}

/** EventBridge is late by a minute at most; a busy lake takes longer to open a run. */
const GRACE_MS = 15 * 60_000;
const EARLY_MS = 60_000;

export interface FreshnessInput {
  /** Of this job, newest first. */
  readonly runs: readonly Run[];
  readonly schedule: string | null;
  /** When the job's stack was last changed, ISO 8601; a schedule that is younger has missed nothing. */
  readonly deployedAt: string | null;
  readonly now: Date;
}

export function jobFreshness({ runs, schedule, deployedAt, now }: FreshnessInput): JobFreshness {
  const success = runs.find((run) => run.status === 'SUCCEEDED');
  return {
    lastRun: glance(runs[0]),
    lastOutcome: glance(runs.find((run) => run.status === 'SUCCEEDED' || run.status === 'FAILED')),
    lastSuccessAt: success ? success.endedAt ?? success.startedAt : null,
    overdueSince: schedule === null ? null : overdueSince(schedule, runs[0]?.startedAt ?? null, deployedAt, now)?.toISOString() ?? null,
  };
}

/** A run that a person started counts too: the ledger's list does not say who did. */
function overdueSince(schedule: string, lastStart: string | null, deployedAt: string | null, now: Date): Date | undefined {
  const period = ratePeriod(schedule);
  const started = lastStart === null ? Number.NEGATIVE_INFINITY : Date.parse(lastStart);
  const deployed = deployedAt === null ? Number.NEGATIVE_INFINITY : Date.parse(deployedAt);
  if (period !== undefined) {
    const due = Math.max(started, deployed) + period;
    return Number.isFinite(due) && due + GRACE_MS < now.getTime() ? new Date(due) : undefined;
  }
  const due = previousDue(schedule, new Date(now.getTime() - GRACE_MS));
  return due && started < due.getTime() - EARLY_MS && deployed < due.getTime() ? due : undefined;
}

function glance(run: Run | undefined): Glance | null {
  return run ? { run: run.run, status: run.status, startedAt: run.startedAt, endedAt: run.endedAt } : null;
}

// A run's name is made from its execution alone, so a second call for the same execution makes the same name.
import { createHash } from 'node:crypto';

/** `<job>-<yyyymmdd>T<hhmmss>Z-<8 hex>`; the time is the execution's start in UTC. Throws when `startedAt` is no time. */
export function runId(job: string, execution: { readonly arn: string; readonly startedAt: Date }): string {
  const time = execution.startedAt.toISOString().replace(/\.\d{3}Z$/, 'Z').replaceAll(/[-:]/g, '');
  return `${job}-${time}-${createHash('sha256').update(execution.arn).digest('hex').slice(0, 8)}`;
}

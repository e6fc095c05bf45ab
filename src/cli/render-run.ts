// One run of the ledger, for people.
import type { RunDetail } from '../core/run.js';

export function renderRun(run: RunDetail): string {
  const count = (value: number | null) => (value === null ? '–' : value.toLocaleString('en-GB')).padStart(12);
  const lines = [
    `run          ${run.run}`,
    `status       ${run.status}${run.error?.message ?? run.reason ? `: ${run.error?.message ?? run.reason}` : ''}`,
    `read         ${count(run.rowsRead)}`,
    `valid        ${count(run.rowsValid)}`,
    `quarantined  ${count(run.rowsQuarantined)}${run.quarantineUri ? `   ${run.quarantineUri}` : ''}`,
    ...Object.entries(run.rules ?? {}).filter(([, rows]) => rows > 0).sort((a, b) => b[1] - a[1]).map(([rule, rows]) => `  ${rule.padEnd(30)} ${rows.toLocaleString('en-GB').padStart(8)}`),
    `deduplicated ${count(run.rowsDeduplicated)}`,
    `written      ${count(run.rowsWritten)}   (gold)`,
    `loaded       ${count(run.rowsLoaded)}   (mart: ${run.rowsInserted ?? '–'} inserted, ${run.rowsUpdated ?? '–'} updated, ${run.rowsUnchanged ?? '–'} unchanged)`,
    `reconciled   ${run.reconciled === null ? '–' : run.reconciled ? 'yes' : 'no'}`,
    `duration     ${run.durationSeconds === null ? '–' : `${run.durationSeconds.toFixed(1)} s`}`,
  ];
  return lines.join('\n');
}

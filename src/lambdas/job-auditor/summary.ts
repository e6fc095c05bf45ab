// One line for people about a run; the message of its notification.
import type { LedgerRow } from './ledger.js';

const LINE_LIMIT = 600;

export function summaryOf(row: LedgerRow): string {
  const line = [row.job, outcome(row), `(${row.runId})`].join(' ').replaceAll(/\s+/g, ' ');
  return line.length <= LINE_LIMIT ? line : `${line.slice(0, LINE_LIMIT - row.runId.length - 4)}… (${row.runId})`;
}

function outcome(row: LedgerRow): string {
  const from = row.sourceKey === null ? '' : ` from ${row.sourceKey}`;
  switch (row.status) {
    case 'RUNNING':
      return `is running${from}`;
    case 'SKIPPED':
      return `skipped${from}: ${row.errorMessage ?? 'no reason was kept'}`;
    case 'SUCCEEDED':
      return `loaded ${count(row.rows.loaded)} of ${count(row.rows.read)} rows${from}${aside(row)}${duration(row)}`;
    case 'FAILED':
      return `FAILED${row.errorState === null ? '' : ` in ${row.errorState}`}${from}: ${row.errorCode ?? 'UNKNOWN'}: ${row.errorMessage ?? 'no reason was kept'}`;
  }
}

function aside({ rows }: LedgerRow): string {
  const parts = [rows.quarantined ? `${count(rows.quarantined)} quarantined` : '', rows.deduplicated ? `${count(rows.deduplicated)} duplicates` : ''];
  const kept = parts.filter(Boolean);
  return kept.length === 0 ? '' : `, ${kept.join(', ')}`;
}

function duration({ startedAt, endedAt }: LedgerRow): string {
  return endedAt === null ? '' : `, in ${Math.max(0, Math.round((endedAt.getTime() - startedAt.getTime()) / 1000))} s`;
}

/** Fixed grouping: the words of a notification do not depend on the locale of a machine. */
const count = (value: number | null): string => (value === null ? '?' : value.toLocaleString('en-US'));

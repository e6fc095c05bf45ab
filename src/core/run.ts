// One run as the ledger tells it (docs/contracts.md §7): the lake API answers it, the CLI shows it. Counts are rows.

export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

export interface Run {
  readonly run: string;
  readonly job: string;
  readonly status: RunStatus;
  readonly rowsRead: number | null;
  readonly rowsWritten: number | null;
  readonly rowsQuarantined: number | null;
  readonly rowsDeduplicated: number | null;
  readonly rowsLoaded: number | null;
  readonly reconciled: boolean | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationSeconds: number | null;
}

export interface RunDetail extends Run {
  readonly trigger: string | null;
  readonly requestedBy: string | null;
  /** `uri` is null when the run failed before its input could be read. */
  readonly source: { readonly uri: string | null; readonly version: string | null; readonly checksum: string | null; readonly bytes: number | null };
  readonly rowsValid: number | null;
  readonly rowsInserted: number | null;
  readonly rowsUpdated: number | null;
  readonly rowsUnchanged: number | null;
  /** Rows by broken rule. */
  readonly rules: Readonly<Record<string, number>> | null;
  readonly sums: unknown;
  readonly quarantineUri: string | null;
  readonly documentUri: string | null;
  /** Of a FAILED run. */
  readonly error: { readonly state: string | null; readonly code: string | null; readonly message: string | null } | null;
  /** Of a SKIPPED run: why. */
  readonly reason: string | null;
  readonly difference: unknown;
  readonly attempt: number;
  readonly parentRun: string | null;
  readonly glueRunId: string | null;
  readonly executionArn: string;
}

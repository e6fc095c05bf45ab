// Brings the mart's schema to the newest migration. Each file runs once, in a transaction of its own, under an
// advisory lock that a second run waits for.
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { log } from '../runtime.js';

/** The history of migrations is `public.schema_migrations` (docs/contracts.md §5). */
const HISTORY = { migrationsSchema: 'public', migrationsTable: 'schema_migrations' };

/**
 * Applies what is missing from `directory` (absolute, `NNNN_name.sql`) and returns the names in order.
 * Throws with the name of the migration that failed; earlier ones stay applied.
 */
export async function migrate(client: pg.Client, directory: string): Promise<readonly string[]> {
  const progress = new MigrationProgress();
  try {
    const applied = await runner({
      dbClient: client,
      dir: directory,
      direction: 'up',
      ...HISTORY,
      checkOrder: true,
      advisoryLockMode: 'wait',
      logger: progress,
    });
    return applied.map((migration) => migration.name);
  } catch (error) {
    throw new Error(`${progress.current ? `migration ${progress.current}: ` : ''}${describe(error)}`, { cause: error });
  }
}

/** PostgreSQL's message with its code, detail and hint: all that CloudFormation's event list will ever show. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, detail, hint } = error as { code?: string; detail?: string; hint?: string };
  return [error.message, code && `(${code})`, detail, hint].filter(Boolean).join(' ');
}

/** The runner tells which file it is at through its logger alone. */
class MigrationProgress {
  current: string | undefined;

  info(line: string): void {
    const started = /^### MIGRATION (\S+) \(UP\)/.exec(line)?.[1];
    if (started === undefined) return;
    this.current = started;
    log('info', 'migration', { name: started });
  }

  warn(line: string): void {
    log('warn', line);
  }

  // Its errors repeat the whole SQL text; the error that is thrown says enough.
  error(): void {}
}

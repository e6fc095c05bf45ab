// Custom::MartMigrations: creates and changes the mart's schema while its stack is deployed (docs/contracts.md §9).
import { fileURLToPath } from 'node:url';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { type Answering, answerCloudFormation, httpAnswering, type Outcome, type Remaining } from '../cloudformation-response.js';
import { type DatabaseSettings, databaseSettings, databaseVariables, withDatabase } from '../database.js';
import { once, readEnvironment } from '../runtime.js';
import { type Secrets, secretsManager } from '../secrets.js';
import { migrate } from './migrate.js';

export interface Deps {
  readonly database: DatabaseSettings;
  readonly secrets: Secrets;
  /** Absolute folder of the `.sql` files. */
  readonly migrations: string;
}

const defaults = once((): Deps => ({
  database: databaseSettings(readEnvironment(databaseVariables)),
  secrets: secretsManager(),
  // Beside this module in the sources, and beside the bundle when deployed.
  migrations: fileURLToPath(new URL('migrations', import.meta.url)),
}));

export async function handle(deps: () => Deps, answering: Answering, event: CloudFormationCustomResourceEvent, context: Remaining): Promise<void> {
  await answerCloudFormation(event, context, answering, (deadline) => apply(deps, event, deadline));
}

async function apply(deps: () => Deps, event: CloudFormationCustomResourceEvent, deadline: number): Promise<Outcome> {
  // The data outlives the resource: deleting it takes nothing back.
  if (event.RequestType === 'Delete') return { data: { Applied: 0 } };
  const { database, secrets, migrations } = deps();
  const left = deadline - Date.now();
  // Half of the time may go by while a new instance starts; no statement, and no wait for the lock, may outlast the rest.
  const options = { applicationName: 'dlp-mart-migrations', patienceMs: left / 2, statementTimeoutMs: Math.max(1_000, Math.floor(left / 2) - 1_000) };
  const applied = await withDatabase(database, secrets, options, (client) => migrate(client, migrations));
  return { data: { Applied: applied.length } };
}

export const handler = (event: CloudFormationCustomResourceEvent, context: Remaining): Promise<void> =>
  handle(defaults, httpAnswering, event, context);

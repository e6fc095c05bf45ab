// The lake's HTTP interface: jobs, runs, and starting one (docs/contracts.md §7). API Gateway and the CLI send the same event.
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type pg from 'pg';
import * as z from 'zod';
import { databaseSettings, databaseVariables, inTransaction, withDatabase } from '../database.js';
import { once, readEnvironment } from '../runtime.js';
import { secretsManager } from '../secrets.js';
import { type Answer, answer, answerError } from './answer.js';
import { ApiError } from './api-error.js';
import { type Registry, ssmRegistry } from './registry.js';
import { parseJobName, parseRunsQuery, parseStartBody } from './request.js';
import { route } from './route.js';
import { listRuns, showRun } from './runs.js';
import { manualInput } from './start-run.js';
import { type StateMachines, stepFunctions } from './state-machines.js';

export interface Deps {
  readonly landingBucket: string;
  readonly registry: Registry;
  readonly stateMachines: StateMachines;
  /** A read-only look at the ledger. */
  read<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
}

/** What both senders give; API Gateway gives more. */
export type LakeApiEvent = Pick<APIGatewayProxyEvent, 'httpMethod' | 'path'>
  & Partial<Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>>
  & { readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null }
  & { readonly requestContext?: { readonly identity?: { readonly userArn?: string | null } | null } | null };

export async function handle(deps: Deps, event: LakeApiEvent): Promise<Answer> {
  try {
    const found = route(event.httpMethod, event.path);
    switch (found.name) {
      case 'list-jobs':
        return answer(200, { jobs: await deps.registry.list() });
      case 'list-runs': {
        const query = parseRunsQuery(event.queryStringParameters);
        return answer(200, { runs: await deps.read((client) => listRuns(client, query)) });
      }
      case 'show-run':
        return await show(deps, found.runId);
      case 'start-run':
        return await start(deps, found.job, event);
      case 'method-not-allowed':
        return answer(405, { error: { code: 'METHOD_NOT_ALLOWED', message: `${event.path} knows ${found.allow} only` } }, { allow: found.allow });
      case 'not-found':
        throw new ApiError(404, 'NOT_FOUND', `there is no ${event.path}`);
    }
  } catch (error) {
    return answerError(error);
  }
}

async function show(deps: Deps, runId: string): Promise<Answer> {
  const run = await deps.read((client) => showRun(client, runId));
  if (run === null) throw new ApiError(404, 'RUN_NOT_FOUND', `there is no run ${runId}`);
  return answer(200, { run });
}

async function start(deps: Deps, name: string, event: LakeApiEvent): Promise<Answer> {
  const job = parseJobName(name);
  const body = parseStartBody(event.body, event.isBase64Encoded ?? false);
  const entry = await deps.registry.find(job);
  if (entry === null) throw new ApiError(404, 'JOB_NOT_FOUND', `there is no job ${job}`);
  // The caller as API Gateway authenticated them; a body cannot claim to be somebody.
  const input = manualInput(entry, body, deps.landingBucket, event.requestContext?.identity?.userArn ?? undefined);
  const executionArn = await deps.stateMachines.start(entry.stateMachineArn, input);
  if (executionArn === null) throw new ApiError(409, 'STATE_MACHINE_MISSING', `the state machine of ${job} is gone; deploy the job again`);
  return answer(202, { executionArn });
}

const variables = z.object({ DLP_ENV: z.string().min(1), LANDING_BUCKET: z.string().min(1) });

const defaults = once((): Deps => {
  const { DLP_ENV: environment, LANDING_BUCKET: landingBucket } = readEnvironment(variables);
  const database = databaseSettings(readEnvironment(databaseVariables));
  const secrets = secretsManager();
  // Within the 29 seconds that API Gateway waits.
  const connection = { applicationName: 'dlp-lake-api', patienceMs: 5_000, role: 'lake_reader', statementTimeoutMs: 15_000 } as const;
  return {
    landingBucket,
    registry: ssmRegistry(environment),
    stateMachines: stepFunctions(),
    read: (work) => withDatabase(database, secrets, connection, (client) => inTransaction(client, 'READ ONLY', () => work(client))),
  };
});

export const handler = (event: LakeApiEvent): Promise<Answer> => handle(defaults(), event);

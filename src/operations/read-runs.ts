// Reads the audit ledger through the lake's API function.
import { DlpError, type ErrorCode } from '../core/errors.js';
import type { DeployedStacks, Functions } from '../core/ports.js';
import type { Run, RunDetail } from '../core/run.js';

export interface DeployedJob {
  readonly job: string;
  readonly description: string;
  readonly stateMachineArn: string;
  readonly glueJobName: string;
  readonly trigger: { readonly event?: { readonly prefix: string; readonly suffix?: string }; readonly schedule?: string };
  readonly table: string;
}

const NOT_FOUND: Readonly<Record<string, ErrorCode>> = { RUN_NOT_FOUND: 'RUN_UNKNOWN', JOB_NOT_FOUND: 'JOB_UNKNOWN', KEY_OUTSIDE_JOB: 'FLAG_INVALID' };

interface Ports { readonly stacks: DeployedStacks; readonly functions: Functions }
interface Request { readonly method: 'GET' | 'POST'; readonly path: string; readonly query?: Readonly<Record<string, string | undefined>>; readonly body?: unknown }

/**
 * One request to the lake's API, without the way over HTTPS.
 * @throws LAKE_NOT_DEPLOYED, RUN_UNKNOWN, JOB_UNKNOWN, FLAG_INVALID, and AWS_ERROR for anything else that the API refuses
 */
export async function callLakeApi<T>({ stacks, functions }: Ports, { method, path, query, body }: Request): Promise<T> {
  const outputs = await stacks.outputs('Api');
  const name = outputs?.['LakeApiName'];
  if (!name) throw new DlpError('LAKE_NOT_DEPLOYED', 'the stack of the API is not deployed');
  const parameters = Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== undefined));
  const answer = (await functions.invoke(name, { httpMethod: method, path, queryStringParameters: parameters, body: body === undefined ? null : JSON.stringify(body) })) as { statusCode: number; body: string };
  const parsed = JSON.parse(answer.body) as T & { error?: { code: string; message: string } };
  if (answer.statusCode < 300) return parsed;
  throw new DlpError(NOT_FOUND[parsed.error?.code ?? ''] ?? 'AWS_ERROR', parsed.error?.message ?? `the API answered ${answer.statusCode}`);
}

export async function readRuns(ports: Ports, filter: { readonly job?: string; readonly limit: number; readonly status?: string }): Promise<readonly Run[]> {
  const { runs } = await callLakeApi<{ runs: Run[] }>(ports, { method: 'GET', path: '/runs', query: { job: filter.job, limit: String(filter.limit), status: filter.status } });
  return runs;
}

export async function readRun(ports: Ports, run: string): Promise<RunDetail> {
  return (await callLakeApi<{ run: RunDetail }>(ports, { method: 'GET', path: `/runs/${encodeURIComponent(run)}` })).run;
}

export async function readDeployedJobs(ports: Ports): Promise<readonly DeployedJob[]> {
  return (await callLakeApi<{ jobs: DeployedJob[] }>(ports, { method: 'GET', path: '/jobs' })).jobs;
}

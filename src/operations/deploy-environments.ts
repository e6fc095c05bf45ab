// One environment, or all of them one after the other: a mistake that dev shows must not reach prod.
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { toDlpError } from '../core/known-errors.js';
import type { DeployResult } from './deploy-lake.js';

export interface DeployedEverywhere { readonly environments: readonly DeployResult[] }

/** @throws FLAG_INVALID when none or both are given */
export function chooseEnvironments({ environments }: { readonly environments: readonly Environment[] }, { env, all }: { readonly env?: string; readonly all: boolean }): string | readonly string[] {
  if (all && env !== undefined) throw new DlpError('FLAG_INVALID', `--all-envs and --env "${env}" exclude each other`, { hint: 'leave one of them out; DLP_ENV counts as --env' });
  if (all) return environments.filter((environment) => !environment.local).map((environment) => environment.name);
  if (env === undefined) throw new DlpError('FLAG_INVALID', 'no environment is named', { hint: 'give --env, or --all-envs' });
  return env;
}

export async function deployEnvironments(chosen: string | readonly string[], deploy: (env: string) => Promise<DeployResult>): Promise<DeployResult | DeployedEverywhere> {
  if (typeof chosen === 'string') return deploy(chosen);
  const done: DeployResult[] = [];
  for (const env of chosen) {
    try {
      done.push(await deploy(env));
    } catch (thrown) {
      const error = toDlpError(thrown);
      throw new DlpError(error.code, `${env}: ${error.message}`, { cause: error.cause ?? error, hint: error.hint, details: { ...error.details, environment: env, finished: done } });
    }
  }
  return { environments: done };
}

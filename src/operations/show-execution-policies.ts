// The execution policies that `dlp bootstrap --policy least` would bring into an account; needs no AWS and changes nothing.
import type { Environment } from '../core/environment.js';
import { executionPolicies, policyStackName, type ExecutionPolicy, type LakeTemplates } from '../core/execution-policy.js';

export interface ShownPolicies { readonly environments: readonly { readonly environment: string; readonly stack: string; readonly policies: readonly ExecutionPolicy[] }[] }

export interface ShowInput { readonly environment: Environment; readonly templates: LakeTemplates }

/** @throws POLICY_TYPE_UNKNOWN */
export async function showExecutionPolicies(targets: readonly ShowInput[]): Promise<ShownPolicies> {
  const environments = await Promise.all(targets.map(async ({ environment, templates }) => ({
    environment: environment.name, stack: policyStackName(environment), policies: executionPolicies(environment, await templates.stacks()),
  })));
  return { environments };
}

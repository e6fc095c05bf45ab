// Makes the plan of a deployment from what the code has and what the account has. Reads only.
import { compareTemplate } from '../core/compare-code.js';
import type { TemplateDiffer } from '../core/deployment.js';
import type { Environment } from '../core/environment.js';
import { planStack, type Plan } from '../core/plan.js';
import type { DeployedStack, DeployedStacks, SynthesizedStack } from '../core/ports.js';
import { conditionOf } from '../core/stack-state.js';

export interface PlanInput {
  readonly environment: Environment;
  readonly stacks: DeployedStacks;
  readonly differ: TemplateDiffer;
  /** All that the code has, and those that were chosen of them. */
  readonly all: readonly SynthesizedStack[];
  readonly chosen: readonly SynthesizedStack[];
}

export async function planDeployment({ environment, stacks, differ, all, chosen }: PlanInput): Promise<Plan> {
  const there = new Map((await stacks.list()).map((stack) => [stack.name, stack]));
  const comparisons = await Promise.all(chosen.map(async (synthesized) => {
    const deployed = there.get(synthesized.name);
    const template = deployed && hasResources(deployed) ? await stacks.template(deployed.name) : undefined;
    return {
      synthesized, deployed,
      // The comparison loads what is known of every type of resource: not for templates that are the same.
      difference: compareTemplate(synthesized.template, template) === 'same' ? undefined : differ.compare(template, synthesized.template, synthesized.paths),
      fingerprints: { deployed: deployed ? fingerprint(deployed, template, differ) : null, proposed: differ.digest([synthesized.template, synthesized.tags, synthesized.terminationProtection]) },
    };
  }));
  const { name, account, region } = environment;
  return {
    version: 1, environment: name, account, region,
    stacks: comparisons.map(planStack),
    leftover: [...there.keys()].filter((stack) => !all.some((candidate) => candidate.name === stack)),
  };
}

function hasResources({ status }: DeployedStack): boolean {
  return !['empty', 'absent', 'never-created'].includes(conditionOf(status));
}

/** What would be overwritten: a deployment that somebody else did in between changes it even where the template came out the same. */
function fingerprint({ arn, status, updatedAt, createdAt, tags, terminationProtection }: DeployedStack, template: object | undefined, differ: TemplateDiffer): string {
  return differ.digest([arn, status, updatedAt ?? createdAt, tags, terminationProtection, template ?? null]);
}

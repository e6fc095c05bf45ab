// The condition that tells an environment's resources from the account's others, by the tags of core/lake-tags.ts.
import type { Environment } from '../../core/environment.js';

/** IAM condition: the resource is of this environment. */
export function ofThisLake(environment: Environment): Record<string, Record<string, string>> {
  return { StringEquals: { 'aws:ResourceTag/Project': environment.project, 'aws:ResourceTag/Environment': environment.name } };
}

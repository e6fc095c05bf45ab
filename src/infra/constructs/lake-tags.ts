// The tags on everything of an environment, and the condition that tells its resources from the account's others.
import type { Environment } from '../../core/environment.js';

/** Those of dlp.yaml come first: `Project`, `Environment` and `ManagedBy` are relied on by permissions and cannot be overwritten. */
export function lakeTags(environment: Environment): Readonly<Record<string, string>> {
  return { ...environment.tags, Project: environment.project, Environment: environment.name, ManagedBy: 'dlp' };
}

/** IAM condition: the resource is of this environment. */
export function ofThisLake(environment: Environment): Record<string, Record<string, string>> {
  return { StringEquals: { 'aws:ResourceTag/Project': environment.project, 'aws:ResourceTag/Environment': environment.name } };
}

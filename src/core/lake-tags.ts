// The tags on everything of an environment, whether a template or dlp itself makes it.
import type { Environment } from './environment.js';

/** Those of dlp.yaml come first: `Project`, `Environment` and `ManagedBy` are relied on by permissions and cannot be overwritten. */
export function lakeTags(environment: Environment): Readonly<Record<string, string>> {
  return { ...environment.tags, Project: environment.project, Environment: environment.name, ManagedBy: 'dlp' };
}

// What was done to the secrets, and how they stand, for people. Knows no values.
import type { SecretsReport } from '../operations/check-secrets.js';
import type { ConfigureSecretsResult } from '../operations/configure-secrets.js';
import { table } from './table.js';

export function renderConfigured({ environment, secrets }: ConfigureSecretsResult): string {
  if (secrets.length === 0) return noneDeclared(environment);
  return table(['secret', 'in Secrets Manager', 'done'], secrets.map(({ name, id, done, missing }) => [name, id, done.join(', ') || (missing ? 'nothing: it has no value' : 'nothing: left as it is')]));
}

export function renderReport({ environment, secrets, undeclared }: SecretsReport): string {
  const rows = secrets.map(({ name, state, setAt, ageDays, maxAgeDays, deletesAt, underLakeKey }) => [
    name, state === 'deleting' ? `deleting (${deletesAt})` : state, setAt, ageDays === null ? null : `${ageDays} of ${maxAgeDays} days`, underLakeKey === null ? null : underLakeKey ? 'lake' : 'another',
  ]);
  const of = (...states: string[]) => secrets.filter(({ state }) => states.includes(state)).map(({ name }) => name);
  const advice = (names: readonly string[], what: string, command: string) => (names.length > 0 ? [`${what}: ${names.join(', ')}; \`dlp configure-secrets --env ${environment}${command}\``] : []);
  return [
    secrets.length > 0 ? table(['secret', 'state', 'set', 'age', 'key'], rows) : noneDeclared(environment),
    ...advice(of('missing', 'deleting'), 'without a value', ''),
    ...advice(of('old'), 'older than dlp.yaml allows', ' --rotate NAME'),
    ...advice(secrets.filter(({ underLakeKey }) => underLakeKey === false).map(({ name }) => name), "not under the lake's key", ''),
    ...undeclared.map(({ id, deleting }) => `not in dlp.yaml: ${id}${deleting ? ' (deleting)' : ''}`),
  ].join('\n');
}

function noneDeclared(environment: string): string {
  return `dlp.yaml declares no secrets in ${environment} (environments.${environment}.secrets)`;
}

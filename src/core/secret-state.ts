// Which of the declared secrets are set, and which are too old. Pure; knows names and times, never a value.
import type { Environment } from './environment.js';
import type { FoundSecret, SecretStatus } from './status.js';

export type SecretState = 'set' | 'missing' | 'old' | 'deleting';

const DAY_MS = 86_400_000;

export const secretPrefix = (environment: string): string => `dlp/${environment}/`;

export function secretStates({ name, secrets }: Pick<Environment, 'name' | 'secrets'>, found: readonly FoundSecret[], now: Date): readonly SecretStatus[] {
  const byName = new Map(found.map((secret) => [secret.name, secret]));
  return Object.entries(secrets).map(([key, { maxAgeDays }]) => {
    const there = byName.get(secretPrefix(name) + key);
    return { name: key, state: stateOf(there, maxAgeDays, now), changedAt: there?.changedAt ?? null, maxAgeDays };
  });
}

function stateOf(secret: FoundSecret | undefined, maxAgeDays: number, now: Date): SecretState {
  if (!secret) return 'missing';
  if (secret.deletedAt !== null) return 'deleting';
  return secret.changedAt !== null && now.getTime() - Date.parse(secret.changedAt) > maxAgeDays * DAY_MS ? 'old' : 'set';
}

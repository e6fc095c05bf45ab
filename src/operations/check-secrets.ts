// Which of the declared secrets are set, and since when. Reads names, dates and keys, never a value.
import type { Environment } from '../core/environment.js';
import type { DeployedStacks, Identity } from '../core/ports.js';
import { isUnderKey, secretId, secretPrefix, type SecretStore, type StoredSecret } from '../core/secrets.js';
import { guardAccount } from './guard-account.js';

export interface SecretStatus {
  /** As in dlp.yaml. */
  readonly name: string;
  /** As in Secrets Manager. */
  readonly id: string;
  /** `deleting`: in its deletion window, and as good as missing. `old`: set longer ago than `maxAgeDays`. */
  readonly state: 'set' | 'old' | 'missing' | 'deleting';
  /** When the current value was set, ISO 8601 UTC. */
  readonly setAt: string | null;
  /** Whole days since then. */
  readonly ageDays: number | null;
  readonly maxAgeDays: number;
  readonly deletesAt: string | null;
  /** Whether it is under the lake's key; null where that is not known. */
  readonly underLakeKey: boolean | null;
}

export interface SecretsReport {
  readonly environment: string;
  readonly secrets: readonly SecretStatus[];
  /** Below the environment's prefix in AWS, and not in dlp.yaml: whole names. */
  readonly undeclared: readonly { readonly id: string; readonly deleting: boolean }[];
  /** Every declared secret is set and young enough. */
  readonly inOrder: boolean;
}

export interface CheckSecretsInput {
  readonly environment: Environment;
  readonly secrets: Pick<SecretStore, 'describe' | 'list'>;
  readonly now: Date;
  /** The lake's data key, where there is one yet. */
  readonly keyArn?: string;
}

const DAY_MS = 86_400_000;

export async function checkSecrets({ environment, secrets, now, keyArn }: CheckSecretsInput): Promise<SecretsReport> {
  const [stored, listed] = await Promise.all([
    Promise.all(Object.keys(environment.secrets).map((name) => secrets.describe(secretId(environment, name)))),
    secrets.list(secretPrefix(environment)),
  ]);
  const statuses = Object.entries(environment.secrets).map(([name, { maxAgeDays }], i) => ({
    name, id: secretId(environment, name), ...stateOf(stored[i], maxAgeDays, now), maxAgeDays,
    deletesAt: stored[i]?.deletesAt ?? null, underLakeKey: stored[i] && keyArn ? isUnderKey(stored[i], keyArn) : null,
  }));
  const declared = new Set(statuses.map(({ id }) => id));
  return {
    environment: environment.name, secrets: statuses, undeclared: listed.filter(({ id }) => !declared.has(id)),
    inOrder: statuses.every(({ state }) => state === 'set'),
  };
}

function stateOf(stored: StoredSecret | undefined, maxAgeDays: number, now: Date): Pick<SecretStatus, 'state' | 'setAt' | 'ageDays'> {
  if (stored?.deletesAt) return { state: 'deleting', setAt: null, ageDays: null };
  // A secret can exist without a value.
  if (!stored?.setAt) return { state: 'missing', setAt: null, ageDays: null };
  const age = now.getTime() - Date.parse(stored.setAt);
  return { state: age > maxAgeDays * DAY_MS ? 'old' : 'set', setAt: stored.setAt, ageDays: Math.max(0, Math.floor(age / DAY_MS)) };
}

/** The same for the account of the credentials, which must be the environment's. @throws WRONG_ACCOUNT */
export async function checkSecretsOfAccount({ identity, stacks, ...input }: CheckSecretsInput & { readonly identity: Identity; readonly stacks: DeployedStacks }): Promise<SecretsReport> {
  await guardAccount(input.environment, identity);
  const keyArn = (await stacks.outputs('S3BucketZones'))?.['DataKeyArn'];
  return checkSecrets({ ...input, ...(keyArn !== undefined && { keyArn }) });
}

// The secrets that dlp.yaml declares: their names in AWS, what is known of them there, and what has to be done to one.
// Knows no values but as SecretValue, and no Secrets Manager but as a port.
import type { Environment } from './environment.js';
import { lakeTags } from './lake-tags.js';
import type { SecretValue } from './secret-value.js';

/** Where the secrets of an environment lie in Secrets Manager: `dlp/dev/`. */
export function secretPrefix(environment: Pick<Environment, 'name'>): string {
  return `dlp/${environment.name}/`;
}

/** `github-token` → `dlp/dev/github-token`. */
export function secretId(environment: Pick<Environment, 'name'>, name: string): string {
  return secretPrefix(environment) + name;
}

/** What AWS says of a secret without its value. */
export interface StoredSecret {
  readonly arn: string;
  readonly description: string;
  /** Key ARN, key id or alias; undefined is the account's own key for secrets. */
  readonly key: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** When the current value was set, ISO 8601 UTC; undefined when there is none. Another key or description does not make it younger. */
  readonly setAt: string | undefined;
  /** The end of its deletion window, ISO 8601 UTC; undefined when it is not being deleted. */
  readonly deletesAt: string | undefined;
}

export interface NewSecret {
  readonly id: string;
  readonly description: string;
  readonly keyArn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly value: SecretValue;
}

/** Secrets Manager. Has no way to read a value. */
export interface SecretStore {
  describe(id: string): Promise<StoredSecret | undefined>;
  /** Every secret below the prefix, by its whole name, also those in their deletion window. May lag minutes behind on AWS. */
  list(prefix: string): Promise<readonly { readonly id: string; readonly deleting: boolean }[]>;
  create(secret: NewSecret): Promise<void>;
  /** Takes it out of its deletion window. */
  restore(id: string): Promise<void>;
  /** Changes what is given; a value becomes a new version and the one before stays as AWSPREVIOUS. */
  update(id: string, change: { readonly value?: SecretValue; readonly keyArn?: string; readonly description?: string }): Promise<void>;
  tag(id: string, tags: Readonly<Record<string, string>>): Promise<void>;
}

/** Gets a value from wherever the caller said; undefined leaves the secret as it is. */
export type AskForSecret = (secret: { readonly name: string; readonly description: string; readonly stored: StoredSecret | undefined }) => Promise<SecretValue | undefined>;

/** What is done to a secret, in this order. */
export type SecretDeed = 'create' | 'restore' | 'new version' | 're-key' | 'description' | 'tags';

export interface SecretChange {
  readonly name: string;
  readonly id: string;
  /** Empty: it stays as it is, or is still missing. */
  readonly deeds: readonly SecretDeed[];
  readonly stored: StoredSecret | undefined;
  readonly value: SecretValue | undefined;
}

/** Whether the lake's key is what AWS says: it may answer with the ARN or with the id alone. */
export function isUnderKey(stored: StoredSecret, keyArn: string): boolean {
  return stored.key === keyArn || (stored.key !== undefined && keyArn.endsWith(`:key/${stored.key}`));
}

export interface SecretFacts {
  readonly environment: Environment;
  readonly keyArn: string;
  readonly name: string;
  readonly stored: StoredSecret | undefined;
  readonly value: SecretValue | undefined;
}

/** What makes a secret as dlp.yaml says. Without a value nothing is created or restored. */
export function planSecret({ environment, keyArn, name, stored, value }: SecretFacts): SecretChange {
  const known = { name, id: secretId(environment, name), stored, value };
  if (!stored) return { ...known, deeds: value ? ['create'] : [] };
  if (stored.deletesAt && !value) return { ...known, deeds: [] };
  return {
    ...known,
    deeds: [
      ...(stored.deletesAt ? ['restore'] as const : []),
      ...(value ? ['new version'] as const : []),
      ...(isUnderKey(stored, keyArn) ? [] : ['re-key'] as const),
      ...(stored.description === environment.secrets[name]?.description ? [] : ['description'] as const),
      ...(Object.entries(lakeTags(environment)).every(([key, tag]) => stored.tags[key] === tag) ? [] : ['tags'] as const),
    ],
  };
}

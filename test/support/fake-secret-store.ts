// Secrets Manager in memory: remembers what was asked of it, in order, and what it holds.
import type { SecretStore, StoredSecret } from '../../src/core/secrets.js';

export const LAKE_KEY = 'arn:aws:kms:eu-west-2:111111111111:key/1234';

export function stored(extra: Partial<StoredSecret> = {}): StoredSecret {
  return {
    arn: 'arn:aws:secretsmanager:eu-west-2:111111111111:secret:x', description: 'reads the repositories', key: LAKE_KEY,
    tags: { Project: 'lake', Environment: 'dev', ManagedBy: 'dlp' }, setAt: '2026-11-01T00:00:00.000Z', deletesAt: undefined, ...extra,
  };
}

export class FakeSecretStore implements SecretStore {
  /** The writes: what was called, with the secret and what was given. */
  readonly writes: unknown[][] = [];
  failOn: string | undefined;
  private readonly secrets: Readonly<Record<string, StoredSecret>>;

  constructor(secrets: Readonly<Record<string, StoredSecret>> = {}) {
    this.secrets = secrets;
  }

  describe: SecretStore['describe'] = async (id) => this.secrets[id];
  list: SecretStore['list'] = async (prefix) => Object.entries(this.secrets).filter(([id]) => id.startsWith(prefix)).map(([id, { deletesAt }]) => ({ id, deleting: deletesAt !== undefined }));
  create: SecretStore['create'] = async ({ id, value, ...rest }) => this.write('create', id, { ...rest, value: value.reveal() });
  restore: SecretStore['restore'] = async (id) => this.write('restore', id);
  update: SecretStore['update'] = async (id, { value, ...rest }) => this.write('update', id, { ...rest, ...(value && { value: value.reveal() }) });
  tag: SecretStore['tag'] = async (id, tags) => this.write('tag', id, tags);

  private write(...call: unknown[]): void {
    if (call[1] === this.failOn) throw Object.assign(new Error('not you'), { name: 'AccessDeniedException', $metadata: {} });
    this.writes.push(call);
  }
}

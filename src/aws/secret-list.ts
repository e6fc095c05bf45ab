// Which secrets there are and when each was last changed. Never reads a value.
import { paginateListSecrets, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { FoundSecret, SecretList } from '../core/status.js';
import type { ClientSettings } from './clients.js';

export class SecretsManagerSecretList implements SecretList {
  private readonly client: SecretsManagerClient;

  constructor(settings: ClientSettings) {
    this.client = new SecretsManagerClient(settings);
  }

  async list(prefix: string): Promise<readonly FoundSecret[]> {
    const found: FoundSecret[] = [];
    for await (const page of paginateListSecrets({ client: this.client }, { IncludePlannedDeletion: true, Filters: [{ Key: 'name', Values: [prefix] }] })) {
      for (const secret of page.SecretList ?? []) {
        found.push({ name: secret.Name ?? '', changedAt: (secret.LastChangedDate ?? secret.CreatedDate)?.toISOString() ?? null, deletedAt: secret.DeletedDate?.toISOString() ?? null });
      }
    }
    return found;
  }
}

// Secrets Manager. Never reads a value, and lets no error repeat one that it sent.
import {
  CreateSecretCommand, DescribeSecretCommand, ResourceNotFoundException, RestoreSecretCommand, SecretsManagerClient, TagResourceCommand,
  UpdateSecretCommand, paginateListSecrets, paginateListSecretVersionIds, type Tag,
} from '@aws-sdk/client-secrets-manager';
import type { SecretValue } from '../core/secret-value.js';
import type { NewSecret, SecretStore, StoredSecret } from '../core/secrets.js';
import type { ClientSettings } from './clients.js';

export class SecretsManagerStore implements SecretStore {
  private readonly client: SecretsManagerClient;

  constructor(settings: ClientSettings) {
    this.client = new SecretsManagerClient(settings);
  }

  /** Asks for the one secret: a list may be minutes old. */
  async describe(id: string): Promise<StoredSecret | undefined> {
    const found = await orUndefined(() => this.client.send(new DescribeSecretCommand({ SecretId: id })));
    if (!found) return undefined;
    return {
      arn: found.ARN ?? '', description: found.Description ?? '', key: found.KmsKeyId,
      tags: Object.fromEntries((found.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
      setAt: found.DeletedDate ? undefined : await this.currentSince(id),
      deletesAt: found.DeletedDate?.toISOString(),
    };
  }

  async list(prefix: string): Promise<readonly { id: string; deleting: boolean }[]> {
    const secrets = [];
    for await (const page of paginateListSecrets({ client: this.client }, { IncludePlannedDeletion: true, Filters: [{ Key: 'name', Values: [prefix] }] })) {
      secrets.push(...page.SecretList ?? []);
    }
    return secrets.map((secret) => ({ id: secret.Name ?? '', deleting: secret.DeletedDate !== undefined }))
      .filter(({ id }) => id.startsWith(prefix)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async create({ id, description, keyArn, tags, value }: NewSecret): Promise<void> {
    await withheld(value, () => this.client.send(new CreateSecretCommand({
      Name: id, Description: description, KmsKeyId: keyArn, Tags: tagList(tags), SecretString: value.reveal(),
    })));
  }

  async restore(id: string): Promise<void> {
    await this.client.send(new RestoreSecretCommand({ SecretId: id }));
  }

  async update(id: string, { value, keyArn, description }: { value?: SecretValue; keyArn?: string; description?: string }): Promise<void> {
    await withheld(value, () => this.client.send(new UpdateSecretCommand({
      SecretId: id, ...(keyArn !== undefined && { KmsKeyId: keyArn }), ...(description !== undefined && { Description: description }),
      ...(value && { SecretString: value.reveal() }),
    })));
  }

  async tag(id: string, tags: Readonly<Record<string, string>>): Promise<void> {
    await this.client.send(new TagResourceCommand({ SecretId: id, Tags: tagList(tags) }));
  }

  /** The date of the version, not of the secret: that one moves with every change of key or description. */
  private async currentSince(id: string): Promise<string | undefined> {
    for await (const page of paginateListSecretVersionIds({ client: this.client }, { SecretId: id })) {
      const current = page.Versions?.find((version) => version.VersionStages?.includes('AWSCURRENT'));
      if (current) return current.CreatedDate?.toISOString();
    }
    return undefined;
  }
}

function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/**
 * Sends a value. A service may repeat the request in its error, and the SDK keeps the response beside it: what goes on
 * from here has the error's name and numbers, and its sentence only where that repeats nothing of the value.
 */
async function withheld<T>(value: SecretValue | undefined, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (thrown) {
    throw cleaned(thrown as Thrown, value);
  }
}

interface Thrown { name?: string; message?: string; code?: string; address?: string; port?: number; cause?: unknown; $metadata?: { httpStatusCode?: number; requestId?: string } }

/** What is thrown anew has nothing of the old error but what is named here. */
function cleaned({ name = 'Error', message = '', code, address, port, cause, $metadata }: Thrown, value: SecretValue | undefined): Error {
  const said = value?.appearsIn(message) ? 'what it said is withheld, because it repeats a part of the value' : message;
  return Object.assign(new Error(said, cause === undefined ? undefined : { cause: cleaned(cause as Thrown, value) }), {
    name, ...(code !== undefined && { code }), ...(address !== undefined && { address }), ...(port !== undefined && { port }),
    ...($metadata && { $metadata: { httpStatusCode: $metadata.httpStatusCode, requestId: $metadata.requestId } }),
  });
}

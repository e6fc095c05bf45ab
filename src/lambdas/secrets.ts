// The mart's user name and password from Secrets Manager, kept for the life of the container.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Secrets {
  /** `fresh` reads past the cache, after the server refused what was in it. */
  credentials(arn: string, fresh: boolean): Promise<Credentials>;
}

const document = z.object({ username: z.string().min(1), password: z.string().min(1) });

export function secretsManager(client = new SecretsManagerClient({})): Secrets {
  const cache = new Map<string, Credentials>();
  return {
    async credentials(arn, fresh) {
      const kept = cache.get(arn);
      if (kept && !fresh) return kept;
      const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
      const credentials = parseSecret(text);
      cache.set(arn, credentials);
      return credentials;
    },
  };
}

/** Throws without quoting the secret, whatever is wrong with it: JSON.parse would put a piece of it into its message. */
export function parseSecret(text: string | undefined): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    throw new Error('the mart secret is not JSON');
  }
  const parsed = document.safeParse(value);
  if (!parsed.success) throw new Error('the mart secret lacks username or password');
  return parsed.data;
}

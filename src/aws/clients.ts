// How a client of the AWS SDK reaches an environment: region, credentials, and for the local cloud its endpoint.
import type { CredentialSource } from '../core/credentials.js';
import type { Environment } from '../core/environment.js';
import type { AwsKeys, Credentials } from './credentials.js';
import { Patience } from './patience.js';

export function localEndpoint(environment: Environment): string | undefined {
  return environment.local && `http://127.0.0.1:${environment.local.port}`;
}

export interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly forcePathStyle?: boolean;
  readonly credentials: () => Promise<AwsKeys>;
  readonly maxAttempts?: number;
  readonly retryStrategy?: Patience;
  /** Where the credentials come from, for messages. */
  readonly source: CredentialSource;
}

export interface ClientOptions {
  /** AWS_ENDPOINT_URL: the SDK takes it by itself, but would put the name of a bucket before its host. */
  readonly endpoint?: string;
  readonly credentials: Credentials;
}

export function clientSettings(environment: Environment, { endpoint, credentials: { provider, source } }: ClientOptions): ClientSettings {
  const { region } = environment;
  const local = localEndpoint(environment);
  if (local) return { region, endpoint: local, forcePathStyle: true, credentials: provider, source, maxAttempts: 3 };
  return { region, credentials: provider, source, retryStrategy: new Patience(), ...(endpoint && { endpoint, forcePathStyle: true }) };
}

/** Between two looks at a stack: seconds spare a real account's limits; an emulator has none. */
export function pollMilliseconds({ endpoint }: Pick<ClientSettings, 'endpoint'>): number {
  return endpoint ? 400 : 4_000;
}

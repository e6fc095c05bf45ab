// How a client of the AWS SDK reaches an environment: region, credentials, and for the local cloud its endpoint.
import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { Environment } from '../core/environment.js';
import { Patience } from './patience.js';

/** Credentials of the local cloud: not secret, never valid on AWS. The key is its own, see docs/decisions. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'dlp-local', secretAccessKey: 'dlp-local' };

export function localEndpoint(environment: Environment): string | undefined {
  return environment.local && `http://127.0.0.1:${environment.local.port}`;
}

export interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly forcePathStyle?: boolean;
  readonly credentials: typeof LOCAL_CREDENTIALS | ReturnType<typeof fromNodeProviderChain>;
  readonly maxAttempts?: number;
  readonly retryStrategy?: Patience;
}

export interface ClientOptions {
  /** AWS_ENDPOINT_URL: the SDK takes it by itself, but would put the name of a bucket before its host. */
  readonly endpoint?: string;
}

export function clientSettings(environment: Environment, { endpoint }: ClientOptions = {}): ClientSettings {
  const { region, profile } = environment;
  const local = localEndpoint(environment);
  if (local) return { region, endpoint: local, forcePathStyle: true, credentials: LOCAL_CREDENTIALS, maxAttempts: 3 };
  const retryStrategy = new Patience();
  const clientConfig = { region, retryStrategy };
  const credentials = profile ? fromIni({ profile, clientConfig }) : fromNodeProviderChain({ clientConfig });
  return { region, credentials, retryStrategy, ...(endpoint && { endpoint, forcePathStyle: true }) };
}

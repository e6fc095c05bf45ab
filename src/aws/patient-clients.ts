// Settings for many short calls at once that must not outlive their welcome: one pool of connections, credentials that
// are asked for once, and an end to all that is still under way.
import http from 'node:http';
import https from 'node:https';
import { Socket } from 'node:net';
import type { ClientSettings } from './clients.js';

const CONNECT_MS = 5_000;
/** A mart that had paused needs this long; the caller gives up earlier where it wants to. */
const REQUEST_MS = 30_000;
/** Credentials that end within this time are asked for anew. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

interface Held { readonly expiration?: Date }
type Provider<T extends Held> = (...properties: never[]) => Promise<T>;

export interface PatientSettings {
  readonly settings: ClientSettings;
  readonly credentials: { expiresAt(): Promise<string | null> };
  /** Breaks off every request that has no answer yet, and refuses new ones. */
  close(): void;
}

export function patientSettings(given: ClientSettings): PatientSettings {
  const credentials = typeof given.credentials === 'function' ? shared(given.credentials as Provider<Held>) as ClientSettings['credentials'] : given.credentials;
  const agents = { httpAgent: new http.Agent({ keepAlive: true }), httpsAgent: new https.Agent({ keepAlive: true }) };
  const requestHandler = { ...agents, connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true };
  return {
    settings: { ...given, credentials, requestHandler } as ClientSettings,
    credentials: { expiresAt: async () => (typeof credentials === 'function' ? (await credentials() as Held).expiration?.toISOString() ?? null : null) },
    close() {
      for (const agent of Object.values(agents)) {
        agent.destroy();
        // The SDK would try again on a new connection. It fails as a broken one does: the SDK forgets its timers after a throw.
        agent.createConnection = () => new Socket().destroy(new Error('given up'));
      }
    },
  };
}

/** Every client asks its provider by itself; with SSO each would be a call of its own. */
function shared<T extends Held>(provider: Provider<T>): Provider<T> {
  let held: Promise<T> | undefined;
  let expires = Number.POSITIVE_INFINITY;
  return (...properties) => {
    if (held && Date.now() < expires - EXPIRY_MARGIN_MS) return held;
    expires = Number.POSITIVE_INFINITY;
    const asked = provider(...properties).then((credentials) => {
      expires = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
      return credentials;
    });
    asked.catch(() => { held = undefined; });
    held = asked;
    return asked;
  };
}

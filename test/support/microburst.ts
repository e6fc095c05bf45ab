// A proxy that injects faults as AWS would word them, by microburst (PyPI): put it between dlp and the emulator, and
// ask it afterwards what it did. Knows nothing of dlp.
import { freePort, startPeer } from './peer.js';

/** A rule in microburst's own words; the first one that matches a call decides. All that match when nothing is said. */
export interface FaultRule {
  /** Name in botocore: `cloudformation`, `s3`, `sts`. */
  readonly service?: string;
  readonly operation?: string;
  /** Part of a name: of a bucket, a stack … */
  readonly resource?: string;
  /** Of the calls that match, fail the first `fail`, let the next `pass` through, and so on. */
  readonly sequence?: { readonly fail: number; readonly pass: number };
  /** At most so many. */
  readonly times?: number;
  /** Seconds from now until the rule is over. */
  readonly ttl_s?: number;
  readonly error?: { readonly code: string; readonly status?: number; readonly message?: string };
  /** The connection breaks before anything is answered. */
  readonly reset?: boolean;
  /** The connection breaks after so many bytes of the request's body. */
  readonly request?: { readonly cut_upload: { readonly after_bytes: number } };
}

/** A fault that was injected. */
export interface Fault { readonly service: string; readonly operation: string; readonly action: string; readonly path: string }

export interface Microburst {
  readonly url: string;
  /** Replaces the rules, and forgets what was injected before. */
  set(rules: readonly FaultRule[]): Promise<void>;
  /** What was injected since the last set(), in order; microburst keeps the last 2000. */
  fired(): Promise<readonly Fault[]>;
  stop(): Promise<void>;
}

/** In front of `upstream`, a URL; without rules everything passes. */
export async function startMicroburst(upstream: string): Promise<Microburst> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const control = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${url}/_microburst/${path}`, init);
    if (!answer.ok) throw new Error(`microburst: ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { stop } = await startPeer('microburst', ['--host', '127.0.0.1', '--port', String(port), '--upstream', upstream], `${url}/_microburst/health`);
  return {
    url,
    async set(rules) {
      await control('rules', { method: 'POST', body: JSON.stringify(rules) });
      await control('fired', { method: 'DELETE' });
    },
    fired: async () => (await control('fired?limit=2000')) as Fault[],
    stop,
  };
}

// Reads one part of the picture within a time limit, and remembers it for a while when the picture is drawn again.
import { toDlpError } from './known-errors.js';
import type { Part, Unread } from './status.js';

/** @returns what `work` gave, or why it could not within `limitMs` */
export async function readPart<T>(limitMs: number, work: () => Promise<T>): Promise<Part<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<Unread>((resolve) => {
    timer = setTimeout(() => resolve({ unread: 'timed out', code: 'CLOUD_UNREACHABLE', message: `no answer within ${Math.round(limitMs / 1000)} s` }), limitMs);
  });
  try {
    return await Promise.race([work().then((value) => ({ value })), limit]);
  } catch (thrown) {
    return toUnread(thrown);
  } finally {
    clearTimeout(timer);
  }
}

export function toUnread(thrown: unknown): Unread {
  const { code, message } = toDlpError(thrown);
  const { name, $metadata } = (thrown ?? {}) as { readonly name?: string; readonly $metadata?: { readonly httpStatusCode?: number } };
  // An answer without a body, as from a service that is overloaded, has no name but its number.
  const bare = name === 'Unknown' && $metadata?.httpStatusCode !== undefined;
  return { unread: code === 'ACCESS_DENIED' ? 'no permission' : name === 'TimeoutError' ? 'timed out' : 'failed', code, message: bare ? `the service answered ${$metadata.httpStatusCode}` : message };
}

/** Parts by name, each with the moment it was read (milliseconds). */
export type Memory = Map<string, { readonly at: number; readonly part: Part<unknown> }>;

/** The remembered part when it was read less than `keepMs` ago, else a new one. What could not be read is asked for again. */
export async function recall<T>(memory: Memory, name: string, keepMs: number, now: number, read: () => Promise<Part<T>>): Promise<Part<T>> {
  const held = memory.get(name);
  if (held && now - held.at < keepMs) return held.part as Part<T>;
  const part = await read();
  if ('value' in part) memory.set(name, { at: now, part });
  return part;
}

// Reads the logs of the local cloud: one file per part, and one per Spark run, under <state>/logs.
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DlpError } from '../core/errors.js';
import { tail } from './log-files.js';

export interface LogOptions {
  /** Names of parts, or of a directory of them (`spark`); none means all. */
  readonly parts?: readonly string[] | undefined;
  /** How many of the last lines of each; 100 when not given. */
  readonly lines?: number | undefined;
  readonly follow?: boolean | undefined;
  /** Ends `follow`. */
  readonly signal?: AbortSignal | undefined;
}

export interface LogPart { readonly name: string; readonly file: string; readonly bytes: number; readonly changed: string }

/** `emulator`, `postgres`, `spark/jr_…`: the path under logs/ without `.log`; the one that was written to last comes last. */
export function logParts(directory: string): readonly LogPart[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
  return files.flatMap((name) => {
    const file = path.join(directory, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() ? [{ name: name.slice(0, -'.log'.length).split(path.sep).join('/'), file, bytes: stat.size, changed: stat.mtime.toISOString() }] : [];
  }).sort((a, b) => a.changed.localeCompare(b.changed) || a.name.localeCompare(b.name));
}

/** Lines, each with the name of its part when there can be more than one. */
export async function* readLogs(directory: string, options: LogOptions): AsyncIterable<string> {
  const wanted = options.parts ?? [];
  const first = select(directory, wanted);
  for (const name of wanted) {
    if (first.some((part) => matches(part, name))) continue;
    const known = logParts(directory).map((part) => part.name);
    throw new DlpError('FLAG_INVALID', `there is no log of "${name}"; there ${known.length > 0 ? `are ${known.join(', ')}` : 'are none: the local cloud was never started here'}`, { hint: 'name one of these, or none for all' });
  }
  const alone = wanted.length === 1 && first.length === 1 && first[0]!.name === wanted[0];
  const show = (part: LogPart, line: string): string => (alone ? line : `${part.name} | ${line}`);
  const places = new Map<string, Place>();
  for (const part of first) {
    const { lines, end } = tail(part.file, options.lines ?? 100);
    yield* lines.map((line) => show(part, line));
    places.set(part.file, { end, inode: inode(part.file) });
  }
  while (options.follow && !options.signal?.aborted) {
    for (const part of select(directory, wanted)) {
      const place = places.get(part.file) ?? { end: 0, inode: inode(part.file) };
      places.set(part.file, place);
      for (const line of await news(part.file, place)) yield show(part, line);
    }
    await sleep(250, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

interface Place { end: number; inode: number }

/** The whole lines that were added since last time. Asked for again and again: file watchers miss writes on some systems. */
async function news(file: string, place: Place): Promise<readonly string[]> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.ino !== place.inode || stat.size < place.end) Object.assign(place, { end: 0, inode: stat.ino });
  if (stat.size === place.end) return [];
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start: place.end, end: stat.size - 1 })) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  // A character of several bytes may be cut here: keep everything after the last line end for next time.
  const cut = bytes.lastIndexOf(0x0a) + 1;
  place.end += cut;
  return bytes.subarray(0, cut).toString('utf8').split('\n').slice(0, -1);
}

function select(directory: string, wanted: readonly string[]): readonly LogPart[] {
  return logParts(directory).filter((part) => wanted.length === 0 || wanted.some((name) => matches(part, name)));
}

function matches(part: LogPart, name: string): boolean {
  return part.name === name || part.name.startsWith(`${name}/`);
}

function inode(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
}

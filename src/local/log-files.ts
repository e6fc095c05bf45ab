// Where the parts write what they have to say, and the end of such a file.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { LocalCloudSettings } from './settings.js';
import type { PartName } from './state.js';

const TAIL_BYTES = 256 * 1024;

export function logFile(settings: LocalCloudSettings, part: PartName): string {
  return path.join(settings.paths.logs, `${part}.log`);
}

export interface Tail {
  readonly lines: readonly string[];
  /** Where the next read begins. */
  readonly end: number;
}

/** The last lines of a file of any size, and where they end. */
export function tail(file: string, count: number): Tail {
  if (!existsSync(file)) return { lines: [], end: 0 };
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(0, size - Math.max(TAIL_BYTES, count * 400));
    const buffer = Buffer.alloc(size - start);
    const read = readSync(fd, buffer, 0, buffer.length, start);
    const lines = buffer.subarray(0, read).toString('utf8').split('\n');
    if (start > 0) lines.shift(); // begins in the middle of a line
    if (lines.at(-1) === '') lines.pop();
    return { lines: count > 0 ? lines.slice(-count) : [], end: start + read };
  } finally {
    closeSync(fd);
  }
}

/** What a part said last, for a message; the place of the log when it said nothing. */
export function lastLogLine(settings: LocalCloudSettings, part: PartName): string {
  const file = logFile(settings, part);
  const line = tail(file, 50).lines.findLast((each) => each.trim() !== '');
  return line?.trim().slice(0, 500) ?? `its log is empty (${file})`;
}

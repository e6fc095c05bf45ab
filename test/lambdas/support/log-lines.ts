// Keeps the log lines of code under test off the screen, and lets a test read them.
import { afterAll, beforeAll, beforeEach } from '@jest/globals';

/** Collects what is logged in this file's tests; emptied before each. */
export function captureLog(): { lines(): readonly Record<string, unknown>[]; text(): string } {
  const written: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  beforeAll(() => {
    process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      const text = String(chunk);
      if (!text.startsWith('{"timestamp"')) return write(chunk, ...rest);
      written.push(text);
      return true;
    }) as typeof process.stdout.write;
  });
  beforeEach(() => { written.length = 0; });
  afterAll(() => { process.stdout.write = write; });
  return { lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>), text: () => written.join('') };
}

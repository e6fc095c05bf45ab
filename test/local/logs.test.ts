import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tail } from '../../src/local/log-files.js';
import { logParts, readLogs, type LogOptions } from '../../src/local/logs.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'dlp-logs-'));
  write('postgres', 'p1\np2\np3\n', 1);
  write('emulator', 'e1\ne2\n', 2);
  write('spark/jr_1', 'reading\nwriting\n', 3);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string, age: number): void {
  const file = path.join(directory, `${name}.log`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, age, age);
}
const read = (options: LogOptions): Promise<string[]> => Array.fromAsync(readLogs(directory, options));

test('the parts, with the one last written to at the end', () => {
  expect(logParts(directory).map(({ name }) => name)).toEqual(['postgres', 'emulator', 'spark/jr_1']);
  expect(logParts(path.join(directory, 'nowhere'))).toEqual([]);
});

test('the last lines of all, of one, and of a group', async () => {
  expect(await read({ lines: 2 })).toEqual(['postgres | p2', 'postgres | p3', 'emulator | e1', 'emulator | e2', 'spark/jr_1 | reading', 'spark/jr_1 | writing']);
  expect(await read({ parts: ['postgres'], lines: 1 })).toEqual(['p3']);
  expect(await read({ parts: ['spark'] })).toEqual(['spark/jr_1 | reading', 'spark/jr_1 | writing']);
  expect(await read({ parts: ['emulator'], lines: 0 })).toEqual([]);
});

test('a part that there is not', async () => {
  await expect(read({ parts: ['postgre'] })).rejects.toMatchObject({ code: 'FLAG_INVALID', message: 'there is no log of "postgre"; there are postgres, emulator, spark/jr_1' });
  rmSync(directory, { recursive: true });
  await expect(read({ parts: ['postgres'] })).rejects.toMatchObject({ message: expect.stringContaining('never started here') });
});

test('a large file is read from its end, and never from within a line', () => {
  const file = path.join(directory, 'large.log');
  writeFileSync(file, `${Array.from({ length: 100_000 }, (_, index) => `line ${index}`).join('\n')}\nunfinished`);
  expect(tail(file, 3).lines).toEqual(['line 99998', 'line 99999', 'unfinished']);
  expect(tail(file, 1e6).lines).toHaveLength(100_001);
  const first = tail(file, 600).lines[0];
  expect(first).toBe('line 99401');
});

test('follow: what is added, in whole lines; a new file; a file that begins again; then the end', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const next = (count: number): Promise<void> => new Promise((resolve) => {
    const timer = setInterval(() => { if (seen.length >= count) { clearInterval(timer); resolve(); } }, 10);
  });
  const reading = (async () => { for await (const line of readLogs(directory, { lines: 1, follow: true, signal: stop.signal })) seen.push(line); })();
  await next(3);
  const file = path.join(directory, 'emulator.log');
  const euro = Buffer.from('5 €\n');
  appendFileSync(file, euro.subarray(0, 3)); // in the middle of the sign
  write('spark/jr_2', 'started\n', 4);
  await next(4);
  appendFileSync(file, euro.subarray(3));
  await next(5);
  renameSync(file, `${file}.1`);
  writeFileSync(file, 'longer than what was there before\n');
  await next(6);
  stop.abort();
  await reading;
  expect(seen).toEqual(['postgres | p3', 'emulator | e2', 'spark/jr_1 | writing', 'spark/jr_2 | started', 'emulator | 5 €', 'emulator | longer than what was there before']);
});

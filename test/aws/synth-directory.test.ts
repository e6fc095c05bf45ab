import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { makeSynthDirectory } from '../../src/aws/synth-directory.js';

const host = hostname().replaceAll(/[^A-Za-z0-9]/g, '_');
let temporary: string;
beforeEach(() => { temporary = mkdtempSync(path.join(tmpdir(), 'dlp-test-')); });
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

/** A directory as a process would have left it. */
function left(name: string): string {
  const directory = path.join(temporary, name);
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'manifest.json'), '{}');
  return directory;
}

async function deadProcess(): Promise<number> {
  const child = execa('true');
  await child;
  return child.pid!;
}

test('what a killed process left is removed; what a living one uses, or nobody knows, stays', async () => {
  const dead = await deadProcess();
  const gone = left(`dlp-synth-${host}-${dead}-abcdef`);
  const staying = [left(`dlp-synth-${host}-${process.ppid}-abcdef`), left(`dlp-synth-elsewhere-${dead}-abcdef`), left(`dlp-synth-${host}-notes`), left('other')];
  const own = await makeSynthDirectory(temporary);
  expect(existsSync(gone)).toBe(false);
  expect(staying.map((directory) => existsSync(directory))).toEqual([true, true, true, true]);
  expect(path.dirname(own)).toBe(temporary);
  expect(existsSync(own)).toBe(true);
});

test('two of one process do not disturb each other', async () => {
  const [first, second] = [await makeSynthDirectory(temporary), await makeSynthDirectory(temporary)];
  expect(first).not.toBe(second);
  expect([existsSync(first), existsSync(second)]).toEqual([true, true]);
});

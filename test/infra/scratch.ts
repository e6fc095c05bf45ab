// Directories of one test file, gone when it has ended.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';

const made: string[] = [];

export function scratch(): string {
  made.push(mkdtempSync(path.join(tmpdir(), 'dlp-scratch-')));
  return made.at(-1)!;
}

afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

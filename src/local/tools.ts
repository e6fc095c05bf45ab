// Finds programs on the machine and asks them for their version.
import { accessSync, constants, statSync } from 'node:fs';
import { execa } from 'execa';
import path from 'node:path';

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function onPath(name: string, searchPath: string | undefined): string | undefined {
  return (searchPath ?? '').split(path.delimiter).filter(Boolean).map((directory) => path.join(directory, name)).find(isProgram);
}

export interface Answer { readonly ok: boolean; readonly text: string }

/** Runs a program for what it says on either output; never throws, never waits longer than 20 seconds. */
export async function ask(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const result = await execa(command, args, { env, extendEnv: false, all: true, reject: false, timeout: 20_000, stdin: 'ignore' });
  const text = (result.all || result.shortMessage || '').trim();
  return { ok: !result.failed, text };
}

/** `openjdk version "17.0.15"` → 17; `java version "1.8.0_392"` → 8; undefined when there is no version in the text. */
export function javaMajor(text: string): number | undefined {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) return undefined;
  return match[1] === '1' ? Number(match[2]) : Number(match[1]);
}

export function lastLine(text: string): string {
  return text.split('\n').findLast((line) => line.trim() !== '')?.trim() ?? '';
}

// A temporary directory for the templates of this process. It goes when the process ends; what a killed process left goes
// when the next one starts, since nobody else will.
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';

/** Process numbers mean something on one machine only, and a temporary directory may be shared by several. */
const MINE = `dlp-synth-${hostname().replaceAll(/[^A-Za-z0-9]/g, '_')}-`;

/** Absolute path of a new directory below `parent`. */
export async function makeSynthDirectory(parent = tmpdir()): Promise<string> {
  await removeThoseOfDeadProcesses(parent);
  const directory = await mkdtemp(path.join(parent, `${MINE}${process.pid}-`));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function removeThoseOfDeadProcesses(parent: string): Promise<void> {
  const left = (await readdir(parent)).filter((name) => {
    const owner = name.startsWith(MINE) ? Number(name.slice(MINE.length).split('-')[0]) : 0;
    return owner > 0 && !runs(owner);
  });
  // Whatever cannot be removed is another user's, or being removed by another dlp: neither is a reason to stop.
  await Promise.allSettled(left.map((name) => rm(path.join(parent, name), { recursive: true, force: true })));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

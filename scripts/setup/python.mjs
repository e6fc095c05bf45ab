// A Python environment with exactly the packages of a requirements file.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { digest, readMark, removeMark, writeMark } from './marks.mjs';
import { ask, run, SetupError } from './run.mjs';
import { findPython } from './tools.mjs';

/** Prints each pinned package that the environment lacks or has in another version. */
const COMPARE = `
import sys, re
from importlib.metadata import version, PackageNotFoundError
for line in open(sys.argv[1]):
    line = line.split('#')[0].strip()
    if not line: continue
    name, _, wanted = re.sub(r'\\[.*?\\]', '', line).partition('==')
    try: found = version(name)
    except PackageNotFoundError: found = None
    if found != wanted: print(name)
`;

export function pythonEnvironment(root, { title, requirements, directory }) {
  const venv = path.join(root, directory);
  const python = path.join(venv, 'bin/python');
  const mark = path.join(venv, '.dlp-setup');
  /** There while pip works: an environment with it was left half done and is made anew. */
  const unfinished = path.join(venv, '.dlp-unfinished');
  const log = path.join(root, '.dlp/setup', `${path.basename(directory)}.log`);
  const own = () => digest(root, [requirements]);

  return {
    title,
    downloads: true,
    async needed() {
      if (!existsSync(path.join(root, requirements))) throw new SetupError(`${requirements} is missing`);
      if (!existsSync(python)) return 'not installed';
      if (existsSync(unfinished)) return 'not finished last time';
      if (readMark(mark).digest === own()) return undefined;
      const missing = await ask(python, ['-c', COMPARE, path.join(root, requirements)]);
      if (missing === undefined) return 'does not run';
      if (missing !== '') return `${missing.split('\n').length} missing or of another version`;
      writeMark(mark, { digest: own() });
      return undefined;
    },
    async run() {
      removeMark(mark);
      if (!existsSync(python) || existsSync(unfinished) || !await ask(python, ['-m', 'pip', '--version'])) await create();
      writeFileSync(unfinished, '');
      await run(python, ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '-r', requirements], { cwd: root, log });
      const missing = await ask(python, ['-c', COMPARE, path.join(root, requirements)]);
      if (missing !== '') throw new SetupError(`pip ended well, but ${missing?.split('\n').join(', ') ?? 'the environment does not run'}`);
      rmSync(unfinished);
      writeMark(mark, { digest: own() });
    },
  };

  async function create() {
    const { found } = await findPython();
    if (!found) throw new SetupError('there is no Python that can make an environment');
    rmSync(venv, { recursive: true, force: true });
    mkdirSync(venv, { recursive: true });
    writeFileSync(unfinished, '');
    await run(found, ['-m', 'venv', venv], { cwd: root, log });
  }
}

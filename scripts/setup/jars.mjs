// The jars that Spark needs for S3, Iceberg and PostgreSQL. Ivy, which comes inside PySpark, fetches them, so that no Maven
// is needed; each is compared with its digest before any of them is where Spark would find it.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digest, readMark, writeMark } from './marks.mjs';
import { run, SetupError } from './run.mjs';

const LIST = 'local-cloud/jars.sha256';
const MODULE = 'local-cloud/jars.xml';

export function jars(root) {
  const directory = path.join(root, '.dlp/jars');
  const mark = path.join(directory, '.dlp-setup');
  const log = path.join(root, '.dlp/setup/jars.log');
  const own = () => digest(root, [LIST]);

  return {
    title: 'jars',
    downloads: true,
    async needed() {
      const wanted = list(root);
      const { digest: made, sizes = {} } = readMark(mark);
      if (made === own()) {
        // Sizes only: the content was compared when they came.
        const bad = wanted.filter(({ name }) => statSync(path.join(directory, name), { throwIfNoEntry: false })?.size !== sizes[name]);
        return bad.length > 0 ? `${bad.length} of ${wanted.length} missing or damaged` : undefined;
      }
      if (!existsSync(directory)) return 'not installed';
      const wrong = await wrongOnes(directory, wanted);
      if (wrong.length > 0) return `${wrong.length} of ${wanted.length} missing or of another version`;
      finish(directory);
      return undefined;
    },
    async run() {
      const fresh = `${directory}.new`;
      const old = `${directory}.old`;
      rmSync(fresh, { recursive: true, force: true });
      const args = ['-jar', ivy(root), '-ivy', MODULE, '-cache', path.join(root, '.dlp/ivy'), '-retrieve', path.join(fresh, '[artifact]-[revision].[ext]')];
      await run(process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin/java') : 'java', args, { cwd: root, log });
      const wrong = await wrongOnes(fresh, list(root));
      if (wrong.length > 0) {
        // Ivy would take the same bad file out of its cache the next time.
        rmSync(path.join(root, '.dlp/ivy'), { recursive: true, force: true });
        throw new SetupError(`${wrong.join(', ')}: not what ${LIST} says (see ${log})`);
      }
      finish(fresh);
      rmSync(old, { recursive: true, force: true });
      if (existsSync(directory)) renameSync(directory, old);
      renameSync(fresh, directory);
      rmSync(old, { recursive: true, force: true });
    },
  };

  function finish(where) {
    const sizes = Object.fromEntries(list(root).map(({ name }) => [name, statSync(path.join(where, name)).size]));
    writeMark(path.join(where, '.dlp-setup'), { digest: own(), sizes });
  }
}

function list(root) {
  const file = path.join(root, LIST);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const found = lines.flatMap((line) => {
    const [, sha, name] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line.trim()) ?? [];
    return name ? [{ sha, name }] : [];
  });
  if (found.length === 0) throw new SetupError(`${LIST} is missing or names no jar`);
  return found;
}

async function wrongOnes(directory, wanted) {
  const bad = [];
  for (const { name, sha } of wanted) {
    const file = path.join(directory, name);
    if (!existsSync(file) || await sha256(file) !== sha) bad.push(name);
  }
  return bad;
}

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function ivy(root) {
  const lib = path.join(root, '.dlp/venv/lib');
  for (const python of existsSync(lib) ? readdirSync(lib) : []) {
    const directory = path.join(lib, python, 'site-packages/pyspark/jars');
    const jar = existsSync(directory) && readdirSync(directory).find((name) => /^ivy-[\d.]+\.jar$/.test(name));
    if (jar) return path.join(directory, jar);
  }
  throw new SetupError(`there is no Ivy in ${lib}: PySpark is not installed`);
}

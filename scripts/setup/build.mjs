// dist/: the compiled CLI and the bundles of the Lambdas, by scripts/build.mjs on the repository's own Node.
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { digest, readMark, removeMark, writeMark } from './marks.mjs';
import { run } from './run.mjs';

export function build(root) {
  const mark = path.join(root, '.dlp/setup/build.json');
  const dist = path.join(root, 'dist');
  const own = () => digest(root, ['src', 'scripts/build.mjs', 'tsconfig.json', 'package-lock.json']);

  return {
    title: 'build',
    downloads: false,
    needed() {
      if (!existsSync(dist)) return 'not built';
      const made = readMark(mark).digest;
      if (made === own()) return undefined;
      return made ? 'sources have changed' : 'not finished last time';
    },
    async run() {
      const sources = own(); // before the build: what is changed during it must be built again
      removeMark(mark);
      // The compiler's memory is no proof that its output is there, and files of deleted sources would stay for ever.
      rmSync(dist, { recursive: true, force: true });
      rmSync(path.join(root, '.dlp/tsc.tsbuildinfo'), { force: true });
      await run(path.join(root, 'node_modules/.bin/node'), ['scripts/build.mjs'], { cwd: root, log: path.join(root, '.dlp/setup/build.log') });
      writeMark(mark, { digest: sources });
    },
  };
}

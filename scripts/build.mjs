// Compiles the CLI and bundles each Lambda (src/lambdas/<name>/handler.ts → dist/lambdas/<name>/index.mjs), so that a
// synthesis never waits for a bundler and the same bundle has the same asset hash everywhere.
import { spawnSync } from 'node:child_process';
import { cp, readdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const lambdas = path.join(root, 'src/lambdas');
const only = process.argv.includes('--lambdas');

if (!only) {
  const compiled = spawnSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', root], { stdio: 'inherit' });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
  // oclif then knows every command without loading all of them.
  const manifest = spawnSync(process.execPath, [path.join(root, 'node_modules/oclif/bin/run.js'), 'manifest', root], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (manifest.status !== 0) process.exit(manifest.status ?? 1);
}

await rm(path.join(root, 'dist/lambdas'), { recursive: true, force: true });
const names = (await readdir(lambdas, { withFileTypes: true })).filter((e) => e.isDirectory() && existsSync(path.join(lambdas, e.name, 'handler.ts'))).map((e) => e.name);
await Promise.all(names.map(async (name) => {
  const outdir = path.join(root, 'dist/lambdas', name);
  await build({
    entryPoints: [path.join(lambdas, name, 'handler.ts')],
    outfile: path.join(outdir, 'index.mjs'),
    bundle: true, platform: 'node', target: 'node24', format: 'esm', minify: true, sourcemap: false, logLevel: 'warning', legalComments: 'none',
    external: ['pg-native'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  const migrations = path.join(lambdas, name, 'migrations');
  if (existsSync(migrations)) await cp(migrations, path.join(outdir, 'migrations'), { recursive: true });
}));

#!/usr/bin/env node
// The entry of dlp. Runs on Node 22.13 or newer; started on an older one it goes on in the repository's own Node.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(own) || process.env.DLP_NODE_RESTARTED) {
    process.stderr.write(`dlp needs Node 22.13 or newer; this is ${process.versions.node}. Run \`npm run setup\` in its directory, or install a newer Node.\n`);
    process.exit(2);
  }
  const { spawnSync } = await import('node:child_process');
  const again = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, DLP_NODE_RESTARTED: '1' } });
  process.exit(again.status ?? (again.signal ? 130 : 1));
}
const { execute } = await import('@oclif/core');
await execute({ dir: import.meta.url });

// npm run setup: makes everything that dlp needs in this directory: npm packages, a Python environment, the jars, the
// compiled CLI. What is there already costs only a look. No dependencies and nothing newer than Node 18, because it
// is what installs the rest. Every step can be killed at any time and is then done again.
//   --quiet    says nothing when there is nothing to do
//   --judges   also installs cfn-lint and checkov (for `npm run judge`)
//   --peers    also installs microburst, moto and the AWS CLI (for `npm test`)
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './setup/build.mjs';
import { jars } from './setup/jars.mjs';
import { acquire } from './setup/lock.mjs';
import { nodePackages } from './setup/node-packages.mjs';
import { pythonEnvironment } from './setup/python.mjs';
import { SetupError, stopChildren, stopLeftover } from './setup/run.mjs';
import { machineProblems } from './setup/tools.mjs';

const ATTEMPTS = 3;
const begun = Date.now();
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const say = (text) => process.stderr.write(text);
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

async function main() {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => !['--quiet', '--judges', '--peers'].includes(flag));
  if (unknown) throw new SetupError(`unknown flag ${unknown}; there are --quiet, --judges and --peers`);
  const steps = [
    nodePackages(root),
    pythonEnvironment(root, { title: 'Python packages', requirements: 'local-cloud/requirements.txt', directory: '.dlp/venv' }),
    jars(root),
    build(root),
    ...(flags.includes('--judges') ? [pythonEnvironment(root, { title: 'judges', requirements: 'local-cloud/requirements-judges.txt', directory: '.dlp/judges' })] : []),
    ...(flags.includes('--peers') ? [pythonEnvironment(root, { title: 'peers', requirements: 'local-cloud/requirements-peers.txt', directory: '.dlp/peers' })] : []),
  ];
  const release = await acquire(path.join(root, '.dlp/setup.lock'), (owner) => say(`setup: waiting for another setup (process ${owner}) …\n`));
  process.once('exit', release);
  stopLeftover(path.join(root, '.dlp/setup'));
  const problems = await machineProblems(root);
  if (problems.length > 0) throw new SetupError(problems.join('\n'));
  let done = 0;
  for (const step of steps) {
    const reason = await step.needed();
    if (!reason) continue;
    done += 1;
    const since = Date.now();
    say(`setup: ${step.title} (${reason}) … `);
    await attempt(step);
    say(`${seconds(since)}\n`);
  }
  if (done > 0 || !flags.includes('--quiet')) say(`setup: ${done > 0 ? 'ready' : 'nothing to do'}, ${seconds(begun)}\n`);
}

/** A registry that stumbles once is no reason to give up; a mistake of ours is not tried again. */
async function attempt(step) {
  for (let count = 1; ; count += 1) {
    try {
      return await step.run();
    } catch (error) {
      if (!step.downloads || count === ATTEMPTS || !(error instanceof SetupError)) throw error;
      say(`failed, again … `);
      await new Promise((resolve) => { setTimeout(resolve, 1_000 * count); });
    }
  }
}

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.once(signal, () => { stopChildren(); process.exit(code); });
}
main().catch((error) => {
  say(`\nsetup failed: ${error instanceof SetupError ? error.message : error.stack}\n`);
  process.exitCode = error instanceof SetupError ? 2 : 70;
});

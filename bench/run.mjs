// npm run bench: what dlp costs next to what it is compared with, in one run on one machine. Only the ratios mean anything
// elsewhere. Every round runs every program once, so that a busy minute hits all of them; medians of all rounds.
//   --runs 5   rounds after the first, which warms caches and is not counted
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { chart } from './chart.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const results = path.join(root, 'bench/results');
const node = process.execPath;
const dlp = (...args) => [node, path.join(root, 'bin/run.js'), ...args];
// Not through npx, which alone takes longer than dlp; the app is the one of cdk.json.
const cdk = (...args) => [node, path.join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--app', `${node} ${path.join(root, 'dist/infra/main.js')}`, '--no-notices', '-c', 'env=dev'];

const PROGRAMS = {
  'node -e 0': [node, '-e', '0'],
  'dlp --version': dlp('--version'),
  'dlp etl list': dlp('etl', 'list'),
  'dlp ls': dlp('ls', '--env', 'dev'),
  'cdk ls': cdk('ls'),
  'dlp synth': dlp('synth', '--env', 'dev', '--output', 'dlp.out'),
  'cdk synth -q': cdk('synth', '-q'),
};
const COMPARISONS = [
  ['dlp --version', 'node -e 0'],
  ['dlp etl list', 'node -e 0'],
  ['dlp ls', 'cdk ls'],
  ['dlp synth', 'cdk synth -q'],
];

/** Seconds of the wall clock and of the CPU, the latter of the program and all that it waited for. */
async function measure(program, cwd) {
  // bash, because it says what the operating system counted for its children; Node says it of itself only.
  const { stderr, exitCode } = await execa('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>error.log; exit $?', 'bash', ...program], {
    cwd, extendEnv: false, stdin: 'ignore', reject: false,
    // No AWS settings, and none of NODE_*, which change how long Node takes to start.
    env: { PATH: process.env.PATH, HOME: cwd, LC_ALL: 'C', AWS_EC2_METADATA_DISABLED: 'true', CDK_DISABLE_CLI_TELEMETRY: '1' },
  });
  if (exitCode !== 0) throw new Error(`${program.join(' ')} ended with ${exitCode}: ${(await readFile(path.join(cwd, 'error.log'), 'utf8')).trim()}`);
  const [wall, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, cpu: user + system };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
const round = (number, digits = 3) => Number(number.toFixed(digits));

async function main() {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: give a whole number, 1 or more`);
  const workspace = await realpath(await mkdtemp(path.join(tmpdir(), 'dlp-bench-')));
  const taken = Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, []]));
  try {
    await copyFile(path.join(root, 'dlp.yaml'), path.join(workspace, 'dlp.yaml'));
    const [command, ...args] = dlp('etl', 'new', 'orders');
    await execa(command, args, { cwd: workspace });
    for (let count = 0; count <= runs; count += 1) {
      for (const [name, program] of Object.entries(PROGRAMS)) {
        const sample = await measure(program, workspace);
        if (count > 0) taken[name].push(sample);
      }
      process.stderr.write(count === 0 ? 'bench: warm\n' : `bench: round ${count} of ${runs}\n`);
    }
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
  await report(runs, taken);
}

async function report(runs, taken) {
  const seconds = Object.fromEntries(Object.entries(taken).map(([name, samples]) => [name, { wall: round(median(samples.map((s) => s.wall))), cpu: round(median(samples.map((s) => s.cpu))) }]));
  const ratio = (of, to, what) => round(seconds[of][what] / seconds[to][what], 2);
  const ratios = COMPARISONS.map(([of, to]) => ({ of, to, cpu: ratio(of, to, 'cpu'), wall: ratio(of, to, 'wall') }));
  const version = (name) => createRequire(import.meta.url)(`${name}/package.json`).version;
  const result = {
    date: new Date().toISOString(), runs, machine: { cpu: cpus()[0]?.model, cores: cpus().length, platform: `${process.platform} ${process.arch}` },
    versions: { node: process.versions.node, ...Object.fromEntries(['aws-cdk', 'aws-cdk-lib', '@aws-cdk/toolkit-lib'].map((name) => [name, version(name)])) },
    ratios, seconds, samples: taken,
  };
  await mkdir(results, { recursive: true });
  await writeFile(path.join(results, 'latest.json'), `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(path.join(results, 'latest.svg'), chart(result));
  const row = (cells) => `${cells[0].padEnd(16)}${cells.slice(1).map((cell) => String(cell).padStart(14)).join('')}\n`;
  process.stdout.write(row(['program', 'CPU seconds', 'wall seconds']) + Object.entries(seconds).map(([name, s]) => row([name, s.cpu.toFixed(3), s.wall.toFixed(3)])).join(''));
  process.stdout.write(`\n${row(['ratio', 'to', 'CPU', 'wall'])}${ratios.map((r) => row([r.of, r.to, `${r.cpu.toFixed(2)} x`, `${r.wall.toFixed(2)} x`])).join('')}\n`);
  process.stdout.write(`${path.relative(process.cwd(), results) || '.'}/latest.json, latest.svg\n`);
}

main().catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
});

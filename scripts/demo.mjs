// npm run demo: the whole lake on this laptop, from nothing to audited rows in the data mart, through the dlp that users
// have. Every step can be done again; what is there already is left alone.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { DAMAGE, DAMAGED_ROWS, makeInput } from './demo-input.mjs';
import { sampleQuarantine } from './demo-quarantine.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const workspace = path.join(root, '.dlp', 'demo');
const times = [];
let failed = false;

const say = (text = '') => process.stderr.write(`${text}\n`);
const heading = (text) => say(`\n${process.stderr.isTTY ? '\u001B[1m' : ''}${text}${process.stderr.isTTY ? '\u001B[0m' : ''}`);

/** Runs dlp as a user would, progress on this terminal; returns the exit code. */
async function dlp(args, cwd = workspace) {
  say(`$ dlp ${args.map((a) => (/[\s*]/.test(a) ? `"${a}"` : a)).join(' ')}`);
  const { exitCode } = await execa(process.execPath, [path.join(root, 'bin', 'run.js'), ...args], { cwd, stdio: ['ignore', 'inherit', 'inherit'], reject: false });
  return exitCode;
}

async function dlpJson(args) {
  const { stdout } = await execa(process.execPath, [path.join(root, 'bin', 'run.js'), ...args, '--json'], { cwd: workspace, reject: false });
  const answer = JSON.parse(stdout);
  if (!answer.ok) throw new Error(`dlp ${args.join(' ')}: ${answer.error.message}`);
  return answer.result;
}

async function stage(title, work) {
  heading(title);
  const since = Date.now();
  const note = await work();
  if (note) say(`   ${note}`);
  times.push([title, (Date.now() - since) / 1000, note]);
}

async function must(args, cwd) {
  const code = await dlp(args, cwd);
  if (code !== 0) throw new Error(`dlp ${args[0]} ended with ${code}`);
}

async function main() {
  const since = Date.now();
  let input;
  let before = new Set();

  await stage('1. Start the local cloud', () => must(['local', 'up'], root));
  await stage('2. Make a workspace and deploy the whole lake into it', async () => {
    if (!existsSync(path.join(workspace, 'dlp.yaml'))) await must(['init', path.relative(root, workspace), '--local-state', '../local'], root);
    await must(['deploy', '--env', 'local']);
  });
  await stage('3. Write the job "orders" and deploy it', async () => {
    if (existsSync(path.join(workspace, 'glue', 'jobs', 'orders', 'job.yaml'))) return 'was written and deployed before';
    await must(['etl', 'new', 'orders']);
    await must(['deploy', '--env', 'local']);
    return undefined;
  });
  await stage(`4. Make real input: TPC-H orders, 150,000 rows and ${DAMAGED_ROWS} damaged ones`, async () => {
    input = await makeInput({ directory: path.join(workspace, 'input'), tpchgen: path.join(root, '.dlp', 'venv', 'bin', 'tpchgen-cli') });
    for (const d of DAMAGE) say(`   ${String(d.rows).padStart(4)}  ${d.kind} (to be ${d.fate})`);
    say(`   listed row by row in ${path.relative(process.cwd(), input.damaged)}`);
    return input.made ? undefined : 'was made before';
  });
  await stage('5. Land the file; the lake does the rest by itself', async () => {
    before = new Set((await dlpJson(['etl', 'runs', 'orders', '--env', 'local'])).runs.map((run) => run.run));
    const code = await dlp(['etl', 'run', 'orders', '--env', 'local', '--file', input.file]);
    if (code !== 0) throw new Error('the run did not succeed: see above, and `dlp etl runs orders --env local`');
  });
  await stage('6. What came of it', () => report(before));

  heading('Time of each step');
  for (const [title, seconds, note] of times) say(`   ${seconds.toFixed(1).padStart(6)} s  ${title}${note ? ` (${note})` : ''}`);
  say(`   ${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  in all`);
  heading('Look around');
  say(`   cd ${path.relative(process.cwd(), workspace) || '.'}`);
  say('   npx dlp etl runs orders --env local                     the audit record');
  say('   npx dlp query --env local "select * from orders limit 5"          gold, through Athena');
  say('   npx dlp query --env local --mart "select * from mart.orders limit 5"    the data mart');
  say('   npx dlp local status | npx dlp local logs               what is running, what it says');
  say('   npx dlp local down                                      stop it; npx dlp local reset forgets it');
  if (failed) throw new Error('gold and mart do not agree: see above');
}

async function report(before) {
  const { runs } = await dlpJson(['etl', 'runs', 'orders', '--env', 'local']);
  const mine = runs.find((run) => !before.has(run.run));
  if (mine?.status === 'SKIPPED') say('   The lake recognized the file: it was loaded before and was not loaded again. The record of the run that loaded it:');
  const loaded = runs.find((run) => run.status === 'SUCCEEDED');
  if (loaded) await dlp(['etl', 'show', loaded.run, '--env', 'local']);

  const sql = 'select o_orderstatus, count(*) as orders, sum(o_totalprice) as total from TABLE group by o_orderstatus order by o_orderstatus';
  say('\nThe same question to the data mart and, through Athena, to the gold zone:');
  await dlp(['query', '--env', 'local', '--mart', sql.replace('TABLE', 'mart.orders')]);
  await dlp(['query', '--env', 'local', sql.replace('TABLE', 'orders')]);
  const [mart, gold] = await Promise.all([
    dlpJson(['query', '--env', 'local', '--mart', sql.replace('TABLE', 'mart.orders')]),
    dlpJson(['query', '--env', 'local', sql.replace('TABLE', 'orders')]),
  ]);
  const agree = JSON.stringify(mart.rows.map((r) => r.map(String))) === JSON.stringify(gold.rows.map((r) => r.map(String)));
  say(agree ? '   they agree' : '   THEY DIFFER');
  if (!agree) failed = true;

  if (loaded) {
    const { run } = await dlpJson(['etl', 'show', loaded.run, '--env', 'local']);
    say(`\nQuarantined rows lie in ${run.quarantineUri}, each with its reasons; three of them:`);
    for (const row of await sampleQuarantine(run.quarantineUri, 3)) say(`   ${row._errors.join(', ')}: ${row._raw}`);
  }
  say('\nRunning now:');
  await dlp(['local', 'status']);
}

try {
  await main();
} catch (error) {
  say(`\nerror: ${error.message}`);
  process.exit(1);
}

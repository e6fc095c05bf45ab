// npm test: every check and every test of the repository, and one line at the end, `N passed, N failed`, summed from the
// reports that the runners write. A suite that crashed, or ran no test at all, is a failure: silence is not success.
//   --only unit,glue   runs these suites alone
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readReport, totals, verdict } from './testing/reports.mjs';
import { endRunning, runSuite } from './testing/run-suite.mjs';
import { suites } from './testing/suites.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const reports = path.join(root, '.dlp/test-reports');

function chosen(flags) {
  const all = suites(root, reports);
  if (flags.length === 0) return all;
  const names = (flags.length === 1 ? flags[0].replace(/^--only=/, '') : flags[1]).split(',');
  const unknown = names.filter((name) => !all.some((suite) => suite.name === name));
  if ((flags.length === 1 ? !flags[0].startsWith('--only=') : flags[0] !== '--only') || flags.length > 2 || unknown.length > 0) {
    process.stderr.write(`run-tests: ${flags.join(' ')}: give --only with one or more of ${all.map((suite) => suite.name).join(',')}\n`);
    process.exit(2);
  }
  return all.filter((suite) => names.includes(suite.name));
}

const selected = chosen(process.argv.slice(2));
rmSync(reports, { recursive: true, force: true }); // an old report must not speak for a suite that crashed today
mkdirSync(reports, { recursive: true });
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.once(signal, () => { endRunning(); process.exit(code); });

const outcomes = [];
for (const suite of selected) {
  process.stdout.write(`\n── ${suite.name}: ${suite.about}\n`);
  const since = Date.now();
  const end = await runSuite(suite, root);
  const outcome = { name: suite.name, ...verdict(suite, end, readReport(suite.report)) };
  outcomes.push(outcome);
  process.stdout.write(`── ${suite.name}: ${outcome.text} (${((Date.now() - since) / 1000).toFixed(1)} s)\n`);
}

const bad = outcomes.filter((outcome) => outcome.failed > 0);
if (bad.length > 0) process.stdout.write(`\nfailed: ${bad.map(({ name, text }) => `${name} (${text})`).join(', ')}\n`);
process.stdout.write(`\n${totals(outcomes)}\n`);
process.exitCode = bad.length > 0 ? 1 : 0;

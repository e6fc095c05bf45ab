// What the runners' own reports say, as numbers. Nothing is counted from what was printed.
import { existsSync, readFileSync } from 'node:fs';

/** @returns {{passed: number, failed: number, skipped: number} | undefined} undefined: there is no readable report */
export function readReport(file) {
  if (!file || !existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  try {
    return file.endsWith('.json') ? fromJest(JSON.parse(text)) : fromJunit(text);
  } catch {
    return undefined;
  }
}

function fromJest(report) {
  const counts = {
    passed: report.numPassedTests,
    // A file that could not even be loaded has no tests to count, but it failed.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  return Object.values(counts).every(Number.isInteger) ? counts : undefined;
}

function fromJunit(text) {
  const opened = [...text.matchAll(/<testsuite\s([^>]*)>/g)];
  // pytest writes the file at its end; one that is cut off is no report.
  if (opened.length === 0 || !/<\/testsuites?>\s*$/.test(text)) return undefined;
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes] of opened) {
    const [tests, failures, errors, skipped] = ['tests', 'failures', 'errors', 'skipped'].map((name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? Number.NaN));
    if ([tests, failures, errors, skipped].some(Number.isNaN)) return undefined;
    // A test whose clean-up also fails is counted twice by pytest's errors, so this cannot be below nothing.
    sum.passed += Math.max(0, tests - failures - errors - skipped);
    sum.failed += failures + errors;
    sum.skipped += skipped;
  }
  return sum;
}

/** What a suite is worth: its counts, or one failure when it cannot be believed. */
export function verdict(suite, end, counts) {
  const broken = end.problem ?? (end.code === 0 ? undefined : `exit code ${end.code}`);
  if (!suite.report) return broken ? { passed: 0, failed: 1, skipped: 0, text: broken } : { passed: 0, failed: 0, skipped: 0, text: 'clean' };
  if (!counts) return { passed: 0, failed: 1, skipped: 0, text: `crashed: ${broken ?? 'it wrote no report'}` };
  const text = describe(counts);
  if (counts.passed + counts.failed === 0) return { ...counts, failed: 1, text: 'no test was executed' };
  if (counts.failed === 0 && broken) return { ...counts, failed: 1, text: `${text}, but it ended badly: ${broken}` };
  return { ...counts, text };
}

export function totals(outcomes) {
  const sum = (name) => outcomes.reduce((total, outcome) => total + outcome[name], 0);
  return describe({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') });
}

function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readReport, totals, verdict } from '../../scripts/testing/reports.mjs';

let directory: string;
beforeEach(() => { directory = mkdtempSync(path.join(tmpdir(), 'dlp-reports-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function report(name: string, text: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}
const jest = (counts: object): string => report('unit.json', JSON.stringify({ numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, numRuntimeErrorTestSuites: 0, ...counts }));
const junit = (attributes: string): string => report('glue.xml', `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" ${attributes} time="1.2" hostname="h"><testcase name="a" tests="99"/></testsuite></testsuites>`);

test('jest: a file that could not be loaded is a failure, what was not run is skipped', () => {
  expect(readReport(jest({ numFailedTests: 2, numRuntimeErrorTestSuites: 1, numPendingTests: 3, numTodoTests: 1 }))).toEqual({ passed: 5, failed: 3, skipped: 4 });
});

test('pytest: errors are failures', () => {
  expect(readReport(junit('errors="1" failures="2" skipped="3" tests="10"'))).toEqual({ passed: 4, failed: 3, skipped: 3 });
});

test('a report that is absent, cut off or of another kind is none', () => {
  expect(readReport(path.join(directory, 'absent.json'))).toBeUndefined();
  expect(readReport(report('cut.json', '{"numPassedTests": 5,'))).toBeUndefined();
  expect(readReport(report('other.json', '{"numPassedTests": 5}'))).toBeUndefined();
  expect(readReport(report('cut.xml', '<testsuites><testsuite errors="0" failures="0" skipped="0" tests="10">'))).toBeUndefined();
  expect(readReport(report('other.xml', '<testsuites><testsuite errors="0"></testsuite></testsuites>'))).toBeUndefined();
});

describe('what a suite is worth', () => {
  const suite = { name: 'unit', report: 'file' };
  const five = { passed: 5, failed: 0, skipped: 0 };
  test.each([
    ['all well', suite, { code: 0 }, five, five, '5 passed, 0 failed'],
    ['skipped tests are told', suite, { code: 0 }, { ...five, skipped: 2 }, { ...five, skipped: 2 }, '5 passed, 0 failed, 2 skipped'],
    ['failures', suite, { code: 1 }, { passed: 4, failed: 1, skipped: 0 }, { passed: 4, failed: 1, skipped: 0 }, '4 passed, 1 failed'],
    ['no report', suite, { code: 0 }, undefined, { passed: 0, failed: 1, skipped: 0 }, 'crashed: it wrote no report'],
    ['killed', suite, { code: null, problem: 'ended by SIGKILL' }, undefined, { passed: 0, failed: 1, skipped: 0 }, 'crashed: ended by SIGKILL'],
    ['nothing executed', suite, { code: 0 }, { passed: 0, failed: 0, skipped: 0 }, { passed: 0, failed: 1, skipped: 0 }, 'no test was executed'],
    ['everything skipped', suite, { code: 0 }, { passed: 0, failed: 0, skipped: 7 }, { passed: 0, failed: 1, skipped: 7 }, 'no test was executed'],
    ['a bad end after good tests', suite, { code: 3 }, five, { ...five, failed: 1 }, '5 passed, 0 failed, but it ended badly: exit code 3'],
    ['a check that passes', { name: 'lint' }, { code: 0 }, undefined, { passed: 0, failed: 0, skipped: 0 }, 'clean'],
    ['a check that fails', { name: 'lint' }, { code: 1 }, undefined, { passed: 0, failed: 1, skipped: 0 }, 'exit code 1'],
  ])('%s', (_, given, end, counts, expected, text) => {
    expect(verdict(given, end, counts)).toEqual({ ...expected, text });
  });
});

test('the last line is the sum', () => {
  expect(totals([{ passed: 5, failed: 0, skipped: 0 }, { passed: 7, failed: 1, skipped: 0 }])).toBe('12 passed, 1 failed');
  expect(totals([{ passed: 5, failed: 0, skipped: 2 }, { passed: 7, failed: 1, skipped: 1 }])).toBe('12 passed, 1 failed, 3 skipped');
});

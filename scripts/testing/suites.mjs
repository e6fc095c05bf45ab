// The suites of `npm test`, in the order in which a mistake is cheapest to find.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A suite with `report` counts tests; one without is a check that passes or fails as a whole. */
export function suites(root, reports) {
  const bin = (name) => path.join(root, 'node_modules/.bin', name);
  const report = (name) => path.join(reports, name);
  return [
    { name: 'lint', about: 'oxlint', command: bin('oxlint'), args: [] },
    { name: 'types', about: 'the TypeScript compiler, over src and test', command: bin('tsc'), args: ['-p', 'test'] },
    jest('unit', 'everything in test/ but the acceptance cases', ['--testPathIgnorePatterns', '/node_modules/', '/\\.dlp/', `^${escape(root)}/test/acceptance/`]),
    pytest('local-cloud', 'the emulator and its seams, really started', ['local-cloud/tests']),
    pytest('glue', 'the ETL code on real Spark', ['glue/tests', ...jobTests(root)]),
    // Each file has a cloud of its own, and waits more than it works.
    jest('acceptance', 'dlp as a user calls it, on a local cloud', ['--maxWorkers=2', `--testPathPatterns=^${escape(root)}/test/acceptance/`]),
  ];

  function jest(name, about, more) {
    const file = report(`${name}.json`);
    // --ci: a missing snapshot is a failure here, not a new truth.
    const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', path.join(root, 'node_modules/jest/bin/jest.js'), '--ci', '--json', `--outputFile=${file}`, ...more];
    return { name, about, command: bin('node'), args, report: file, quietStdout: true };
  }

  function pytest(name, about, directories) {
    const file = report(`${name}.xml`);
    return { name, about, command: path.join(root, '.dlp/venv/bin/python'), args: ['-m', 'pytest', '-q', '--tb=short', '-p', 'no:cacheprovider', `--junitxml=${file}`, ...directories], report: file };
  }
}

/** Jobs of this repository's own workspace bring their tests with them. */
function jobTests(root) {
  const jobs = path.join(root, 'glue/jobs');
  if (!existsSync(jobs)) return [];
  return readdirSync(jobs).map((name) => `glue/jobs/${name}/test_job.py`).filter((file) => existsSync(path.join(root, file)));
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

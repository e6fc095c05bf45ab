// Runs one suite with its output on this terminal.
import { spawn } from 'node:child_process';

const LIMIT_MILLISECONDS = 30 * 60_000;
let running;

/** Each suite leads its own group, so that its servers end with it. */
export function endRunning() {
  try {
    if (running) process.kill(-running.pid, 'SIGKILL');
  } catch { /* gone already */ }
}

/** @returns {Promise<{code: number | null, problem?: string}>} */
export function runSuite(suite, root) {
  return new Promise((resolve) => {
    // jest --json also prints the whole report; the file is enough.
    const child = spawn(suite.command, suite.args, { cwd: root, env: environment(), detached: true, stdio: ['ignore', suite.quietStdout ? 'ignore' : 'inherit', 'inherit'] });
    running = child;
    let late = false;
    const timer = setTimeout(() => { late = true; endRunning(); }, LIMIT_MILLISECONDS);
    const end = (result) => { clearTimeout(timer); endRunning(); running = undefined; resolve(result); };
    child.once('error', (error) => end({ code: null, problem: error.message }));
    child.once('exit', (code, signal) => {
      if (late) return end({ code: null, problem: `not done after ${LIMIT_MILLISECONDS / 60_000} minutes` });
      return end(signal ? { code: null, problem: `ended by ${signal}` } : { code });
    });
  });
}

/** No test may reach AWS by what the person at this terminal is signed in to. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|DLP_|CDK_)/.test(name)));
}

// What must be on the machine before setup can do anything: Node 18, npm, Python 3.11 and Java 17.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ask } from './run.mjs';

export const JAVA = 17;
export const PYTHON = [3, 11];
/** 3.11 first: it is what Spark 3.5 and AWS Glue 5 are made for. */
const PYTHON_NAMES = ['python3.11', 'python3', 'python3.12', 'python3.13'];

/** Every problem at once, each a sentence that says what to do. */
export async function machineProblems(root) {
  const problems = [];
  if (Number(process.versions.node.split('.')[0]) < 18) problems.push(`Node ${process.versions.node} is too old to set up dlp; install Node 24 (18 is the least)`);
  const [java, python] = await Promise.all([javaProblem(), existsSync(path.join(root, '.dlp/venv/bin/python')) ? undefined : pythonProblem()]);
  for (const problem of [python, java]) if (problem) problems.push(problem);
  return problems;
}

async function javaProblem() {
  const home = process.env.JAVA_HOME;
  const command = home ? path.join(home, 'bin/java') : 'java';
  const text = await ask(command, ['-version']);
  const advice = `install a JDK ${JAVA} (Spark runs on it) and put it on PATH, or set JAVA_HOME`;
  if (text === undefined) return home ? `JAVA_HOME is ${home}, but bin/java in it does not run; ${advice}` : `java is not on PATH or does not run; ${advice}`;
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  const major = Number(first === '1' ? second : first);
  return major >= JAVA ? undefined : `${command} is Java ${major || 'of an unknown version'}, and ${JAVA} or newer is needed; ${advice}`;
}

async function pythonProblem() {
  const { found, seen } = await findPython();
  if (found) return undefined;
  const what = seen.length > 0 ? `there is only ${seen.join(', ')}` : 'there is no python3 on PATH';
  return `Python ${PYTHON.join('.')} or newer with its modules venv and ensurepip is needed, and ${what}; install it (Debian and Ubuntu: python3-venv too)`;
}

/** The first Python that is new enough and can make environments, and what else was found. */
export async function findPython() {
  const seen = [];
  for (const command of PYTHON_NAMES) {
    const text = await ask(command, ['-c', 'import sys; print(sys.version.split()[0]); import venv, ensurepip; print("venv")']);
    if (text === undefined) {
      const version = await ask(command, ['--version']);
      if (version) seen.push(`${command} (${version.split('\n').pop()} without venv or ensurepip)`);
      continue;
    }
    const version = text.split('\n')[0];
    const [major, minor] = version.split('.').map(Number);
    if (major > PYTHON[0] || (major === PYTHON[0] && minor >= PYTHON[1])) return { found: command, version, seen };
    seen.push(`${command} (${version})`);
  }
  return { found: undefined, version: undefined, seen };
}

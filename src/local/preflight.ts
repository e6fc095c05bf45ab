// Everything that `dlp local up` needs, looked at before anything is started. All problems are reported together, so that
// nobody installs Java only to be told about Python.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DlpError } from '../core/errors.js';
import { asOtherUser } from './postgres-user.js';
import { portProblem } from './ports.js';
import { inheritedVariables, type LocalCloudSettings } from './settings.js';
import type { PartName } from './state.js';
import { ask, isProgram, javaMajor, lastLine, onPath } from './tools.js';

const JAVA = 17;
const PYTHON = [3, 11] as const;
/** Packages without which nothing works; the full list is local-cloud/requirements.txt. */
const PYTHON_PACKAGES = ['ministack', 'pyspark', 'boto3', 'duckdb', 'psycopg', 'cryptography'] as const;

/** Throws one error for every problem together; `starting` are the parts whose ports must be free. */
export async function preflight(settings: LocalCloudSettings, starting: readonly PartName[]): Promise<void> {
  const checks = [javaProblem(settings), pythonProblem(settings), jarsProblem(settings), postgresProblem(settings)];
  // Looking at one port twice at once would find ourselves there.
  const same = settings.port === settings.postgresPort;
  if (same) checks.push(Promise.resolve(new DlpError('PORT_IN_USE', `port and postgresPort are both ${settings.port}`, { hint: 'give them different values under environments.local.local in dlp.yaml' })));
  if (!same && starting.includes('emulator')) checks.push(portProblem(settings.port, 'the emulator', 'port'));
  if (!same && starting.includes('postgres')) checks.push(portProblem(settings.postgresPort, 'PostgreSQL', 'postgresPort'));
  const problems = (await Promise.all(checks)).filter((problem) => problem !== undefined);
  if (problems.length > 0) throw together(problems);
}

export function together(problems: readonly DlpError[]): DlpError {
  const [first] = problems;
  if (problems.length === 1) return first!;
  const code = problems.every((problem) => problem.code === first!.code) ? first!.code : 'PREREQUISITE_MISSING';
  const hints = [...new Set(problems.map((problem) => problem.hint).filter(Boolean))];
  return new DlpError(code, `${problems.length} things keep the local cloud from starting:\n${problems.map((problem) => `  - ${problem.message}`).join('\n')}`, {
    hint: hints.join('; '),
    details: { problems: problems.map(({ code: each, message, hint }) => ({ code: each, message, hint })) },
  });
}

async function javaProblem(settings: LocalCloudSettings): Promise<DlpError | undefined> {
  const { JAVA_HOME, PATH } = settings.env;
  const hint = `install a JDK ${JAVA} (Spark runs on it) and put it on PATH, or set JAVA_HOME`;
  const java = JAVA_HOME ? path.join(JAVA_HOME, 'bin/java') : onPath('java', PATH);
  if (!java || !isProgram(java)) {
    return new DlpError('PREREQUISITE_MISSING', JAVA_HOME ? `JAVA_HOME is ${JAVA_HOME}, but there is no program bin/java in it` : 'java is not on PATH', { hint });
  }
  const { ok, text } = await ask(java, ['-version'], inheritedVariables(settings.env));
  const major = javaMajor(text);
  if (!ok || major === undefined) return new DlpError('PREREQUISITE_MISSING', `${java} does not work: ${lastLine(text)}`, { hint });
  if (major < JAVA) return new DlpError('PREREQUISITE_MISSING', `${java} is Java ${major}; the local cloud needs ${JAVA} or newer`, { hint });
  return undefined;
}

async function pythonProblem(settings: LocalCloudSettings): Promise<DlpError | undefined> {
  const { python, pythonPath } = settings.paths;
  if (!isProgram(python)) return new DlpError('PREREQUISITE_MISSING', `the Python environment is not installed: there is no ${python}`);
  const script = `import sys, importlib.util as u; print(sys.version.split()[0], *[n for n in ${JSON.stringify([...PYTHON_PACKAGES, 'dlp_local'])} if u.find_spec(n) is None])`;
  const { ok, text } = await ask(python, ['-c', script], { ...inheritedVariables(settings.env), PYTHONPATH: pythonPath });
  if (!ok) return new DlpError('PREREQUISITE_MISSING', `${python} does not work: ${lastLine(text)}`);
  const [version = '', ...missing] = lastLine(text).split(' ');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < PYTHON[0] || (major === PYTHON[0] && minor < PYTHON[1])) {
    return new DlpError('PREREQUISITE_MISSING', `${python} is Python ${version}; the local cloud needs ${PYTHON.join('.')} or newer`, { hint: `install Python ${PYTHON.join('.')}, delete ${path.resolve(python, '../..')} and run \`npm run setup\` in the directory of dlp` });
  }
  if (missing.length > 0) return new DlpError('PREREQUISITE_MISSING', `the Python environment has no ${missing.join(', no ')}`);
  return undefined;
}

/** Presence and size only: `npm run setup` compared every byte when it put them there. */
async function jarsProblem(settings: LocalCloudSettings): Promise<DlpError | undefined> {
  const { jars, jarList } = settings.paths;
  if (!existsSync(jarList)) return new DlpError('PREREQUISITE_MISSING', `the list of jars is missing: ${jarList}`);
  const names = readFileSync(jarList, 'utf8').split('\n').flatMap((line) => line.trim().split(/\s+/)[1] ?? []);
  const missing = names.filter((name) => !(statSync(path.join(jars, name), { throwIfNoEntry: false })?.size ?? 0));
  return missing.length > 0 ? new DlpError('PREREQUISITE_MISSING', `${missing.length} of ${names.length} jars are missing in ${jars}: ${missing.join(', ')}`) : undefined;
}

async function postgresProblem(settings: LocalCloudSettings): Promise<DlpError | undefined> {
  const missing = ['initdb', 'postgres'].find((name) => !isProgram(path.join(settings.paths.postgresBin, name)));
  if (missing) return new DlpError('PREREQUISITE_MISSING', `PostgreSQL is not installed: there is no program ${path.join(settings.paths.postgresBin, missing)}`);
  const { ok, text } = await ask(path.join(settings.paths.postgresBin, 'postgres'), ['--version']);
  if (!ok) return new DlpError('PREREQUISITE_MISSING', `PostgreSQL does not work: ${lastLine(text)}`);
  try {
    asOtherUser(settings);
    return undefined;
  } catch (error) {
    if (error instanceof DlpError) return error;
    throw error;
  }
}

import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { preflight } from '../../src/local/preflight.js';
import { javaMajor } from '../../src/local/tools.js';
import type { LocalCloudSettings } from '../../src/local/settings.js';
import { Fixture, freePorts } from './support.js';

let fixture: Fixture;
beforeEach(async () => { fixture = new Fixture(...await freePorts(5720)); });
afterEach(() => fixture.end());

function program(name: string, script: string): string {
  const file = path.join(fixture.directory, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Settings whose PATH and JAVA_HOME are the fixture's own. */
function settings(env: Record<string, string>, paths: Partial<LocalCloudSettings['paths']> = {}): LocalCloudSettings {
  const all = fixture.settings({ env });
  return { ...all, paths: { ...all.paths, ...paths } };
}
const run = (given: LocalCloudSettings): Promise<void> => preflight(given, ['postgres', 'emulator']);
const good = (): LocalCloudSettings => fixture.settings();

test('this machine has all that is needed', async () => {
  await expect(run(good())).resolves.toBeUndefined();
});

describe('Java', () => {
  test('none on PATH', async () => {
    mkdirSync(path.join(fixture.directory, 'bin'));
    symlinkSync('/usr/bin/setpriv', path.join(fixture.directory, 'bin/setpriv'));
    await expect(run(settings({ PATH: path.join(fixture.directory, 'bin') }))).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING', message: 'java is not on PATH', hint: expect.stringContaining('JDK 17') });
  });
  test('too old', async () => {
    const java = program('bin/java', 'echo \'openjdk version "11.0.22" 2024-01-16\' >&2');
    await expect(run(settings({ PATH: `${path.dirname(java)}:${process.env['PATH']}` }))).rejects.toMatchObject({ message: `${java} is Java 11; the local cloud needs 17 or newer` });
  });
  test('JAVA_HOME counts more than PATH, also when it is wrong', async () => {
    await expect(run(settings({ PATH: process.env['PATH']!, JAVA_HOME: '/nowhere' }))).rejects.toMatchObject({ message: 'JAVA_HOME is /nowhere, but there is no program bin/java in it' });
    program('jdk/bin/java', 'echo \'java version "1.8.0_392"\' >&2');
    await expect(run(settings({ PATH: process.env['PATH']!, JAVA_HOME: path.join(fixture.directory, 'jdk') }))).rejects.toMatchObject({ message: expect.stringContaining('is Java 8;') });
  });
  test('one that does not run, such as the stub of macOS', async () => {
    const java = program('bin/java', 'echo "Unable to locate a Java Runtime." >&2; exit 1');
    await expect(run(settings({ PATH: `${path.dirname(java)}:${process.env['PATH']}` }))).rejects.toMatchObject({ message: `${java} does not work: Unable to locate a Java Runtime.` });
  });
  test.each([['openjdk version "17.0.15" 2025-04-15', 17], ['java version "1.8.0_392"', 8], ['openjdk version "21" 2023-09-19', 21], ['openjdk version "25-ea"', 25], ['no such thing', undefined]])('%s', (text, major) => {
    expect(javaMajor(text)).toBe(major);
  });
});

describe('Python', () => {
  test('no environment', async () => {
    await expect(run(settings({ ...process.env } as never, { python: '/nowhere/python' }))).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING', message: 'the Python environment is not installed: there is no /nowhere/python', hint: expect.stringContaining('npm run setup') });
  });
  test('too old', async () => {
    const python = program('old/python', 'echo 3.9.2');
    await expect(run({ ...good(), paths: { ...good().paths, python } })).rejects.toMatchObject({ message: `${python} is Python 3.9.2; the local cloud needs 3.11 or newer` });
  });
  test('without its packages', async () => {
    const python = program('bare/python', 'exec python3.11 -S -E "$@"');
    await expect(run({ ...good(), paths: { ...good().paths, python } })).rejects.toMatchObject({ message: expect.stringMatching(/^the Python environment has no ministack, no pyspark, .* no dlp_local$/) });
  });
});

test('a jar that is missing or empty', async () => {
  const jars = path.join(fixture.directory, 'jars');
  mkdirSync(jars);
  writeFileSync(path.join(jars, 'hadoop-aws-3.3.4.jar'), '');
  writeFileSync(path.join(jars, 'postgresql-42.7.8.jar'), 'bytes');
  const list = path.join(fixture.directory, 'jars.sha256');
  writeFileSync(list, `${'0'.repeat(64)}  hadoop-aws-3.3.4.jar\n${'1'.repeat(64)}  postgresql-42.7.8.jar\n`);
  await expect(run({ ...good(), paths: { ...good().paths, jars, jarList: list } })).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING', message: `1 of 2 jars are missing in ${jars}: hadoop-aws-3.3.4.jar` });
});

test('PostgreSQL that is absent or does not run', async () => {
  const postgresBin = path.join(fixture.directory, 'pg');
  await expect(run({ ...good(), paths: { ...good().paths, postgresBin } })).rejects.toMatchObject({ message: `PostgreSQL is not installed: there is no program ${path.join(postgresBin, 'initdb')}` });
  program('pg/initdb', 'exit 0');
  program('pg/postgres', 'echo "error while loading shared libraries: libicuuc.so.60" >&2; exit 127');
  await expect(run({ ...good(), paths: { ...good().paths, postgresBin } })).rejects.toMatchObject({ message: 'PostgreSQL does not work: error while loading shared libraries: libicuuc.so.60' });
});

(process.getuid?.() === 0 ? test : test.skip)('root without setpriv', async () => {
  const java = program('bin/java', 'echo \'openjdk version "17"\'');
  await expect(run(settings({ PATH: path.dirname(java) }))).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING', message: expect.stringContaining('setpriv'), hint: expect.stringContaining('util-linux') });
});

test('everything at once, each in its line', async () => {
  rmSync(path.join(fixture.installation, '.dlp/jars'));
  const stranger = await fixture.stranger(`require('net').createServer().listen(${fixture.postgresPort}, '127.0.0.1')`);
  const error = await run(settings({ PATH: process.env['PATH']!, JAVA_HOME: '/nowhere' }, { python: '/nowhere/python' })).then(() => undefined, (each: unknown) => each as Error & { details: { problems: unknown[] } });
  expect(error).toMatchObject({ code: 'PREREQUISITE_MISSING' });
  expect(error!.message.split('\n')).toEqual([
    '4 things keep the local cloud from starting:',
    '  - JAVA_HOME is /nowhere, but there is no program bin/java in it',
    '  - the Python environment is not installed: there is no /nowhere/python',
    expect.stringMatching(/^ {2}- 10 of 10 jars are missing/),
    expect.stringMatching(new RegExp(`^  - port ${fixture.postgresPort} \\(PostgreSQL\\) is in use by process ${stranger.pid} `)),
  ]);
  expect(error!.details.problems).toHaveLength(4);
});

test('a port that another has on all addresses is in use as well', async () => {
  await fixture.stranger(`require('net').createServer().listen(${fixture.port}, '0.0.0.0')`);
  await expect(run(good())).rejects.toMatchObject({ code: 'PORT_IN_USE' });
});

test('the same port twice', async () => {
  await expect(run({ ...good(), postgresPort: good().port })).rejects.toMatchObject({ code: 'PORT_IN_USE', message: `port and postgresPort are both ${good().port}` });
});

// Runs a job's own tests on this machine's Spark, with the installation's Python and shared ETL code.
import path from 'node:path';
import { execa } from 'execa';
import { DlpError } from '../core/errors.js';
import type { JobTests, TestCounts } from '../core/ports.js';

export class PytestJobTests implements JobTests {
  private readonly installation: string;
  private readonly env: Readonly<Record<string, string | undefined>>;

  constructor(installation: string, env: Readonly<Record<string, string | undefined>>) {
    this.installation = installation;
    this.env = env;
  }

  async run(folder: string, say: (line: string) => void): Promise<TestCounts> {
    const python = path.join(this.installation, '.dlp', 'venv', 'bin', 'python');
    const child = execa(python, ['-m', 'pytest', '-q', '--tb=short', '-p', 'no:cacheprovider', '-o', 'console_output_style=classic', '.'], {
      cwd: folder, reject: false, stdin: 'ignore', all: true, extendEnv: false,
      env: { PATH: this.env['PATH'], HOME: this.env['HOME'], JAVA_HOME: this.env['JAVA_HOME'], LANG: 'C.UTF-8', DLP_ETL_LIB: path.join(this.installation, 'glue', 'lib'), PYTHONDONTWRITEBYTECODE: '1' },
    });
    const output: string[] = [];
    for await (const line of child.iterable({ from: 'all' })) {
      output.push(line);
      if (line.trim() !== '') say(line);
    }
    const { exitCode, code } = await child;
    if (code === 'ENOENT') throw new DlpError('PREREQUISITE_MISSING', `no Python at ${python}`);
    return { ...count(output.at(-1) ?? output.join('')), passedAll: exitCode === 0, output };
  }
}

/** pytest's last line: `1 failed, 4 passed in 9.12s`. */
function count(line: string): { passed: number; failed: number } {
  const of = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  return { passed: of('passed'), failed: of('failed') + of('errors?') };
}

// Makes the templates of one environment, in process: the only importer of infra/. Knows no toolkit, which takes a second to load.
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import { stackName } from '../core/names.js';
import type { StackSummary, Templates } from '../core/ports.js';

const SUFFIX = '.template.json';

export class CdkTemplates implements Templates {
  private readonly environment: Environment;
  private readonly jobs: readonly Job[];

  constructor(environment: Environment, jobs: readonly Job[]) {
    this.environment = environment;
    this.jobs = jobs;
  }

  async list(): Promise<readonly StackSummary[]> {
    return this.withAssembly(({ stacksRecursively }) => {
      const ids = new Map(stacksRecursively.map((stack) => [stack.id, stack.hierarchicalId]));
      return stacksRecursively.map((stack) => ({
        id: stack.hierarchicalId, name: stack.stackName, dependencies: stack.dependencies.flatMap((dependency) => ids.get(dependency.id) ?? []),
      }));
    });
  }

  async synth(directory: string): Promise<readonly string[]> {
    return this.withAssembly(async ({ stacksRecursively }) => {
      await mkdir(directory, { recursive: true });
      // Of this environment only, so that a job that is gone leaves no template behind and nothing else is touched.
      const old = (await readdir(directory)).filter((name) => name.startsWith(stackName(this.environment, '')) && name.endsWith(SUFFIX));
      await Promise.all(old.map((name) => rm(path.join(directory, name))));
      return Promise.all(stacksRecursively.map(async (stack) => {
        const name = stack.stackName + SUFFIX;
        await copyFile(stack.templateFullPath, path.join(directory, name));
        return name;
      }));
    });
  }

  private async withAssembly<T>(use: (assembly: CloudAssembly) => T | Promise<T>): Promise<T> {
    const directory = await mkdtemp(path.join(tmpdir(), 'dlp-synth-'));
    try {
      return await use(await this.assemble(directory));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** @throws SYNTH_FAILED with the construct's own message */
  async assemble(outdir: string): Promise<CloudAssembly> {
    const { buildApp } = await import('../infra/app.js');
    try {
      return buildApp({ environments: [this.environment], jobs: this.jobs, outdir, validate: false }).synth();
    } catch (error) {
      throw error instanceof DlpError ? error : new DlpError('SYNTH_FAILED', (error as Error).message, { cause: error });
    }
  }
}

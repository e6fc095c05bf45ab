// Makes the templates of one environment, in process: the only importer of infra/. Knows no toolkit, which takes a second to load.
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { setSourceMapsSupport } from 'node:module';
import path from 'node:path';
import type { CloudAssembly, CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { LakeTemplate, LakeTemplates } from '../core/execution-policy.js';
import type { Job } from '../core/job.js';
import { stackName } from '../core/names.js';
import type { StackSummary, SynthesizedStack, Templates } from '../core/ports.js';
import { makeSynthDirectory } from './synth-directory.js';

const SUFFIX = '.template.json';

export class CdkTemplates implements Templates, LakeTemplates {
  private readonly environment: Environment;
  private readonly jobs: readonly Job[];
  private made: Promise<CloudAssembly> | undefined;

  constructor(environment: Environment, jobs: readonly Job[]) {
    this.environment = environment;
    this.jobs = jobs;
  }

  async list(): Promise<readonly StackSummary[]> {
    const { stacksRecursively } = await this.assembly();
    const ids = new Map(stacksRecursively.map((stack) => [stack.id, stack.hierarchicalId]));
    return stacksRecursively.map((stack) => ({
      id: stack.hierarchicalId, name: stack.stackName, dependencies: stack.dependencies.flatMap((dependency) => ids.get(dependency.id) ?? []),
    }));
  }

  async stacks(): Promise<readonly (SynthesizedStack & LakeTemplate)[]> {
    const { stacksRecursively } = await this.assembly();
    const summaries = await this.list();
    return stacksRecursively.map((stack, i) => ({
      ...summaries[i]!, template: stack.template as LakeTemplate['template'] & Record<string, unknown>, paths: pathsOf(stack),
      terminationProtection: stack.terminationProtection ?? false, tags: stack.tags,
    }));
  }

  async synth(directory: string, names?: ReadonlySet<string>): Promise<readonly string[]> {
    const all = (await this.assembly()).stacksRecursively;
    const stacksRecursively = names ? all.filter((stack) => names.has(stack.stackName)) : all;
    await mkdir(directory, { recursive: true });
    // Of this environment only, so that a job that is gone leaves no template behind and nothing else is touched.
    const old = (await readdir(directory)).filter((name) => name.startsWith(stackName(this.environment, '')) && name.endsWith(SUFFIX));
    await Promise.all(old.map((name) => rm(path.join(directory, name))));
    return Promise.all(stacksRecursively.map(async (stack) => {
      const name = stack.stackName + SUFFIX;
      await copyFile(stack.templateFullPath, path.join(directory, name));
      return name;
    }));
  }

  /**
   * Made once: what is deployed is exactly what was listed and selected from. Lies in a temporary directory until the process ends.
   * @throws SYNTH_FAILED with the construct's own message
   */
  assembly(): Promise<CloudAssembly> {
    this.made ??= this.make();
    return this.made;
  }

  private async make(): Promise<CloudAssembly> {
    // What fails in an account is told with the line of the source that asked for it.
    setSourceMapsSupport(true, { nodeModules: false });
    const { buildApp } = await import('../infra/app.js');
    const outdir = await makeSynthDirectory();
    try {
      return buildApp({ environments: [this.environment], jobs: this.jobs, outdir, validate: false }).synth();
    } catch (error) {
      throw error instanceof DlpError ? error : new DlpError('SYNTH_FAILED', (error as Error).message, { cause: error });
    }
  }
}

function pathsOf({ hierarchicalId, metadata }: CloudFormationStackArtifact): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).flatMap(([where, entries]) => entries
    .filter((entry) => entry.type === 'aws:cdk:logicalId')
    .map((entry) => [String(entry.data), where.replace(`/${hierarchicalId}/`, '')])));
}

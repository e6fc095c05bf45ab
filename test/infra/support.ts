// What the tests of the infrastructure share: environments made of the schema's own defaults, and one synthesis of each.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { configSchema, toEnvironment, type Environment, type EnvironmentName } from '../../src/core/environment.js';
import { stackId } from '../../src/core/names.js';
import { jobSchema, type Job } from '../../src/core/job.js';
import { buildApp } from '../../src/infra/app.js';

const ACCOUNTS: Readonly<Record<EnvironmentName, string>> = { local: '000000000000', dev: '111111111111', test: '222222222222', prod: '333333333333' };

/** An environment as dlp.yaml would give it: defaults, then what the test is about. */
export function environmentOf(name: EnvironmentName, settings: Readonly<Record<string, unknown>> = {}): Environment {
  const config = configSchema.parse({
    version: 1, project: 'lake', environments: { [name]: { account: ACCOUNTS[name], region: 'eu-west-2', ...settings } },
  });
  return toEnvironment(config, name)!;
}

export function jobOf(name: string, settings: Readonly<Record<string, unknown>> = {}): Job {
  const spec = jobSchema.parse({
    name,
    description: `Loads ${name}`,
    trigger: { event: { prefix: `${name}/` } },
    columns: [{ name: 'id', type: 'bigint', required: true }],
    key: ['id'],
    target: { table: name },
    ...settings,
  });
  return { spec, folder: fileURLToPath(new URL('./fixtures/orders', import.meta.url)) };
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Synthesized {
  readonly app: App;
  readonly stacks: readonly Stack[];
  /** The template of a stack by its short name. */
  template(short: string): Template;
  /** Resources of a stack, of one type or all, by logical id. */
  resources(short: string, type?: string): Record<string, Resource>;
}

const directories: string[] = [];
afterAll(() => { for (const directory of directories) rmSync(directory, { recursive: true, force: true }); });

/** Gone when the test file ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'dlp-infra-'));
  directories.push(directory);
  return directory;
}

export function synthesize(environment: Environment, jobs: readonly Job[] = []): Synthesized {
  const app = buildApp({ environments: [environment], jobs, outdir: temporaryDirectory() });
  const stage = app.node.findChild(environment.title) as Stage;
  const templates = new Map<string, Template>();
  const template = (short: string) => {
    const id = stackId(environment, short);
    if (!templates.has(id)) templates.set(id, Template.fromStack(stage.node.findChild(id) as Stack));
    return templates.get(id)!;
  };
  return {
    app, template,
    stacks: stage.node.children as Stack[],
    resources: (short, type) => Object.fromEntries(Object.entries(template(short).toJSON()['Resources'] as Record<string, Resource>)
      .filter(([, resource]) => type === undefined || resource.Type === type)),
  };
}

/** `DevDataLakeInfrastructureVpc` → `Vpc`. */
export function shortName(stack: Stack): string {
  return stack.node.id.replace(/^(Local|Dev|Test|Prod)DataLakeInfrastructure/, '');
}

// The app as a whole: what holds for every environment and every stack.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Stack } from 'aws-cdk-lib';
import { ENVIRONMENT_NAMES } from '../../src/core/environment.js';
import { environmentOf, jobOf, shortName, synthesize, type Resource, type Synthesized } from './support.js';

const JOBS = [jobOf('orders'), jobOf('daily_items', { trigger: { schedule: 'cron(0 3 * * ? *)' } })];
const LAKES = {
  local: environmentOf('local', { retention: { removal: 'destroy' }, mart: { engine: 'postgres', deletionProtection: false }, local: {} }),
  dev: environmentOf('dev', { tags: { CostCentre: '42', Project: 'stolen' } }),
  test: environmentOf('test', { mart: { engine: 'aurora', readers: 1 } }),
  prod: environmentOf('prod', {
    protect: true, branch: 'main', github: { repository: 'acme/lake' }, network: { zones: 3, natGateways: 2 }, mart: { engine: 'postgres', multiAz: true },
  }),
};
const SHORT = ['S3BucketZones', 'Vpc', 'Iam', 'DataMart', 'Glue', 'Lambda', 'Api', 'Athena', 'Monitoring', 'EtlOrders', 'EtlDailyItems'];

/** Stack → keys, from the table under "Stack outputs". */
const OUTPUTS = Object.fromEntries(readFileSync(new URL('../../docs/contracts.md', import.meta.url), 'utf8')
  .split('### Stack outputs')[1]!.split('\n## ')[0]!.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'))
  .map((line) => [line.split('|')[1]!.trim(), [...line.matchAll(/`(\w+)`/g)].map(([, key]) => key!)]));

describe.each(ENVIRONMENT_NAMES)('the lake of %s', (name) => {
  let lake: Synthesized;
  const all = (): [Stack, string, Resource][] => lake.stacks.flatMap((stack) => Object.entries(lake.resources(shortName(stack))).map(([id, resource]): [Stack, string, Resource] => [stack, id, resource]));
  const everywhere = () => lake.stacks.map((stack) => JSON.stringify(lake.template(shortName(stack)).toJSON())).join('\n');

  beforeAll(() => { lake = synthesize(LAKES[name], JOBS); });

  test('has its stacks, in order, under the names that others know', () => {
    expect(lake.stacks.map((stack) => stack.stackName)).toEqual(SHORT.map((short) => `${LAKES[name].title}-DataLakeInfrastructure${short}`));
    expect(lake.stacks.map((stack) => stack.node.id)).toEqual(SHORT.map((short) => `${LAKES[name].title}DataLakeInfrastructure${short}`));
  });

  test('is synthesized without asking AWS anything', () => {
    const assembly = lake.app.synth();
    expect(assembly.stacksRecursively).toHaveLength(SHORT.length);
    expect(assembly.manifest.missing ?? []).toEqual([]);
    expect(assembly.nestedAssemblies.flatMap(({ nestedAssembly }) => nestedAssembly.manifest.missing ?? [])).toEqual([]);
  });

  test('is deployable: far from the limits of CloudFormation', () => {
    for (const artifact of lake.app.synth().stacksRecursively) {
      expect(readFileSync(artifact.templateFullPath).length).toBeLessThan(500_000);
      expect(Object.keys(artifact.template.Resources).length).toBeLessThan(250);
    }
  });

  test('holds no Lambda but its own', () => {
    const functions = all().filter(([, , { Type }]) => Type === 'AWS::Lambda::Function');
    expect(functions).toHaveLength(5);
    for (const [, id, { Properties }] of functions) {
      expect({ id, runtime: Properties['Runtime'], handler: Properties['Handler'], env: Properties['Environment']?.Variables.DLP_ENV })
        .toEqual({ id, runtime: 'nodejs24.x', handler: 'index.handler', env: name });
    }
    const custom = all().map(([, , { Type }]) => Type).filter((type) => type.startsWith('Custom::') || type.startsWith('AWS::CloudFormation::'));
    expect(custom.sort()).toEqual(['Custom::LakeFiles', 'Custom::MartMigrations']);
  });

  test('refers between stacks without locking exports', () => {
    expect(everywhere()).toContain('Fn::GetStackOutput');
    expect(everywhere()).not.toContain('Fn::ImportValue');
    for (const stack of lake.stacks) {
      for (const output of Object.values(lake.template(shortName(stack)).toJSON()['Outputs'] ?? {})) expect(output).not.toHaveProperty('Export');
    }
  });

  test('publishes exactly the outputs of docs/contracts.md, next to those that stacks read from each other', () => {
    const published = Object.fromEntries(SHORT.map((short) => [short, Object.keys(lake.template(short).toJSON()['Outputs'] ?? {}).filter((key) => !key.startsWith('PublishOutput')).sort()]));
    expect(published).toEqual(Object.fromEntries(SHORT.map((short) => [short, (OUTPUTS[short.replace(/^Etl.*/, 'Etl&lt;Job&gt;')] ?? [])
      .filter((key) => key !== 'DeployerRoleArn' || name === 'prod').sort()])));
  });

  test('tags what can be tagged', () => {
    const bucket = Object.values(lake.resources('S3BucketZones', 'AWS::S3::Bucket'))[0]!;
    expect(bucket.Properties['Tags']).toEqual(expect.arrayContaining([
      { Key: 'Environment', Value: name }, { Key: 'ManagedBy', Value: 'dlp' }, { Key: 'Project', Value: 'lake' },
    ]));
    for (const short of SHORT) expect({ short, tagged: JSON.stringify(lake.template(short).toJSON()).includes('"ManagedBy"') }).toEqual({ short, tagged: true });
  });

  test('keeps every role within the boundary', () => {
    const free = all().filter(([, , { Type, Properties }]) => Type === 'AWS::IAM::Role' && !Properties['PermissionsBoundary']).map(([stack, id]) => `${shortName(stack)} ${id.replace(/[0-9A-F]{8}$/, '')}`);
    // Before the boundary; must assume the CDK's roles; outlives the boundary, for it is the whole account's.
    expect(free).toEqual(['Vpc FlowLogsRole', ...(name === 'prod' ? ['Iam Deployer'] : []), 'Api LogWriter']);
  });

  test('grants nothing that the boundary would silently take away', () => {
    const boundary = Object.values(lake.resources('Iam', 'AWS::IAM::ManagedPolicy')).find(({ Properties }) => Properties['Roles'] === undefined);
    const limits = statements(boundary!.Properties['PolicyDocument']);
    const policies = all().filter(([stack, id, { Type, Properties }]) => ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy'].includes(Type) && Properties['Roles'] && shortName(stack) !== 'Vpc' && !id.startsWith('Deployer'));
    expect(policies.length).toBeGreaterThan(7);
    const beyond = policies.flatMap(([, id, { Properties }]) => statements(Properties['PolicyDocument'])
      .flatMap(({ actions, resources }) => actions.flatMap((action) => resources.map((resource) => ({ action, resource }))))
      .filter(({ action, resource }) => !limits.some((limit) => limit.actions.some((pattern) => matches(pattern, action)) && limit.resources.some((pattern) => covers(pattern, resource))))
      .map(({ action, resource }) => `${id}: ${action} on ${resource}`));
    expect(beyond).toEqual([]);
  });

  test('makes no policy inside a role', () => {
    expect(all().filter(([, , { Type, Properties }]) => Type === 'AWS::IAM::Policy' || (Type === 'AWS::IAM::Role' && Properties['Policies'])).map(([, id]) => id)).toEqual([]);
  });
});

test('only a protected environment is protected from termination', () => {
  expect(new Set(synthesize(LAKES.prod).stacks.map((stack) => stack.terminationProtection))).toEqual(new Set([true]));
  expect(new Set(synthesize(LAKES.dev).stacks.map((stack) => stack.terminationProtection))).toEqual(new Set([false]));
});

test('tags of dlp.yaml are added, and cannot take the place of those that permissions rely on', () => {
  const tags: { Key: string; Value: string }[] = Object.values(synthesize(LAKES.dev).resources('Vpc', 'AWS::EC2::VPC'))[0]!.Properties['Tags'];
  expect(tags).toEqual(expect.arrayContaining([{ Key: 'CostCentre', Value: '42' }, { Key: 'Project', Value: 'lake' }]));
});

interface Statement { readonly actions: readonly string[]; readonly resources: readonly string[] }

function statements(document: { Statement: { Effect: string; Action: string | string[]; Resource: unknown }[] }): Statement[] {
  return document.Statement.filter(({ Effect }) => Effect === 'Allow')
    .map(({ Action, Resource: resource }) => ({ actions: [Action].flat(), resources: [resource].flat().map(flat) }));
}

/** An ARN as text: what stands for another stack's output stays recognizable, so that the same output is the same text. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  return join ? join[1].map(flat).join(join[0]) : JSON.stringify(value);
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's').test(text);
}

/** A resource of this very stack is a bare reference, whose service the action has already told: only keys and buckets are named one by one. */
function covers(pattern: string, resource: string): boolean {
  return matches(pattern, resource) || (resource.startsWith('{') && /^arn:aws:(?!s3|kms)/.test(pattern));
}

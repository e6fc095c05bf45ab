// The logical id of a resource that holds data is for ever: CloudFormation takes another id for another resource, and
// replaces the one that is there. When this fails, a construct was renamed or moved: move it back. A new resource is added
// to frozen-ids.json by hand; an id that is there never changes.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { environmentOf, synthesize, type Synthesized } from './support.js';

const FROZEN: Record<string, Record<string, Record<string, string>>> = JSON.parse(readFileSync(new URL('./frozen-ids.json', import.meta.url), 'utf8'));
const DATA = new Set(['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::RDS::DBSubnetGroup', 'AWS::Glue::Database']);
const STACKS = ['S3BucketZones', 'Vpc', 'DataMart', 'Glue'];

const ids = (lake: Synthesized) => Object.fromEntries(STACKS.map((short) => [short, Object.fromEntries(
  Object.entries(lake.resources(short)).filter(([, { Type }]) => DATA.has(Type)).map(([id, { Type }]) => [id, Type]).sort(),
)]));
const network = { zones: 3, natGateways: 1 };

test.each([
  ['postgres', environmentOf('dev', { network })],
  ['aurora', environmentOf('dev', { network, mart: { engine: 'aurora', readers: 1 } })],
])('what holds data keeps its logical id (%s)', (engine, environment) => {
  expect(ids(synthesize(environment))).toEqual(FROZEN[engine]);
});

test('ids are the same in every environment', () => {
  for (const name of ['local', 'test', 'prod'] as const) expect(ids(synthesize(environmentOf(name, { network })))).toEqual(FROZEN['postgres']);
});

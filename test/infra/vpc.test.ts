import { describe, expect, test } from '@jest/globals';
import { environmentOf, synthesize, type Resource, type Synthesized } from './support.js';

const network = (settings: object = {}) => synthesize(environmentOf('dev', { network: settings }));
const lake = network();
const named = (resource: Resource) => (resource.Properties['Tags'] as { Key: string; Value: string }[]).find(({ Key }) => Key === 'Name')!.Value.split('/').at(-1)!;
const subnets = ({ resources }: Synthesized) => Object.values(resources('Vpc', 'AWS::EC2::Subnet'));
const groupId = (description: string) => Object.entries(lake.resources('Vpc', 'AWS::EC2::SecurityGroup')).find(([, { Properties }]) => Properties['GroupDescription'] === description)![0];
const functions = groupId('Lambda functions of the lake');
const jobs = groupId('Glue jobs of the lake');
const mart = groupId('The data mart');
const endpoints = groupId('Interface endpoints of AWS services');

describe('subnets', () => {
  test('are of three kinds in each zone, and give no public addresses', () => {
    expect(subnets(lake).map(named)).toEqual(['PublicSubnet1', 'PublicSubnet2', 'PrivateSubnet1', 'PrivateSubnet2', 'IsolatedSubnet1', 'IsolatedSubnet2']);
    expect(subnets(lake).filter(({ Properties }) => Properties['MapPublicIpOnLaunch'])).toEqual([]);
  });

  test('take their zone when they are deployed', () => {
    expect(subnets(lake)[1]!.Properties['AvailabilityZone']).toEqual({ 'Fn::Select': [1, { 'Fn::GetAZs': '' }] });
  });

  test('keep their addresses and ids when a zone is added', () => {
    const addresses = (of: Synthesized) => Object.fromEntries(Object.entries(of.resources('Vpc', 'AWS::EC2::Subnet')).map(([id, { Properties }]) => [id, Properties['CidrBlock']]));
    const three = network({ zones: 3 });
    expect(subnets(three)).toHaveLength(9);
    expect(addresses(three)).toMatchObject(addresses(lake));
  });

  test('keep their ids when a NAT gateway is added, which then is where private ones go', () => {
    const nat = network({ natGateways: 1 });
    expect(Object.keys(nat.resources('Vpc', 'AWS::EC2::Subnet'))).toEqual(Object.keys(lake.resources('Vpc', 'AWS::EC2::Subnet')));
    expect(Object.keys(nat.resources('Vpc', 'AWS::EC2::NatGateway'))).toHaveLength(1);
    expect(lake.resources('Vpc', 'AWS::EC2::NatGateway')).toEqual({});
    const out = (of: Synthesized) => Object.keys(of.resources('Vpc', 'AWS::EC2::Route')).map((id) => id.replace(/^Vpc(.*?)DefaultRoute.*$/, '$1')).sort();
    expect(out(lake)).toEqual(['PublicSubnet1', 'PublicSubnet2']);
    expect(out(nat)).toEqual(['PrivateSubnet1', 'PrivateSubnet2', 'PublicSubnet1', 'PublicSubnet2']);
  });
});

describe('ways to AWS', () => {
  const services = (of: Synthesized, type: string) => Object.values(of.resources('Vpc', 'AWS::EC2::VPCEndpoint')).filter(({ Properties }) => Properties['VpcEndpointType'] === type)
    .map(({ Properties }) => flat(Properties['ServiceName']).split('.').at(-1)).sort();

  test('are gateways to S3 and DynamoDB, and the interfaces of the settings, each once', () => {
    const some = network({ endpoints: ['glue', 'logs', 'secretsmanager', 'ssm', 'states', 'athena', 'glue'] });
    expect(services(some, 'Gateway')).toEqual(['dynamodb', 's3']);
    expect(services(some, 'Interface')).toEqual(['athena', 'glue', 'logs', 'secretsmanager', 'ssm', 'states']);
    expect(services(lake, 'Interface')).toEqual(['glue', 'kms', 'logs', 'secretsmanager', 'sns', 'ssm', 'states', 'sts']);
  });

  test('leave no service unreachable: without a NAT gateway the needed endpoints must be there', () => {
    const endpointsWithoutSecrets = ['glue', 'logs', 'ssm', 'states'];
    expect(() => network({ endpoints: endpointsWithoutSecrets }).app.synth()).toThrow('environments.dev.network.endpoints lacks secretsmanager');
    expect(() => network({ endpoints: endpointsWithoutSecrets, natGateways: 1 }).app.synth()).not.toThrow();
  });
});

describe('doors', () => {
  const rules = (type: string) => Object.values(lake.resources('Vpc', type)).map(({ Properties }) => ({
    into: Properties['GroupId']['Fn::GetAtt'][0], with: (Properties['SourceSecurityGroupId'] ?? Properties['DestinationSecurityGroupId'])['Fn::GetAtt'][0],
    ports: `${Properties['FromPort']}-${Properties['ToPort']}`,
  }));

  test('into the mart are for functions and jobs, at its port', () => {
    expect(rules('AWS::EC2::SecurityGroupIngress').filter(({ into }) => into === mart)).toEqual([
      { into: mart, with: functions, ports: '5433-5433' }, { into: mart, with: jobs, ports: '5433-5433' },
    ]);
  });

  test('into endpoints are for functions and jobs, and the workers of a job reach each other', () => {
    expect(rules('AWS::EC2::SecurityGroupIngress').filter(({ into }) => into !== mart)).toEqual([
      { into: jobs, with: jobs, ports: '0-65535' }, { into: endpoints, with: functions, ports: '443-443' }, { into: endpoints, with: jobs, ports: '443-443' },
    ]);
    expect(rules('AWS::EC2::SecurityGroupEgress')).toContainEqual({ into: jobs, with: jobs, ports: '0-65535' });
  });

  test('lead to the world at 443 only, and for nobody from it', () => {
    for (const [id, { Properties }] of Object.entries(lake.resources('Vpc', 'AWS::EC2::SecurityGroup'))) {
      expect(Properties['SecurityGroupIngress']).toBeUndefined();
      const open = (Properties['SecurityGroupEgress'] as { CidrIp: string; FromPort?: number }[]).filter(({ CidrIp }) => CidrIp === '0.0.0.0/0').map(({ FromPort }) => FromPort);
      expect({ id, open }).toEqual({ id, open: [functions, jobs].includes(id) ? [443] : [] });
    }
  });
});

test('flow logs go to an encrypted log group, by a role only they may assume, unless switched off', () => {
  const [[group, { Properties }]] = Object.entries(lake.resources('Vpc', 'AWS::Logs::LogGroup')) as [[string, Resource]];
  expect(Properties).toMatchObject({ RetentionInDays: 90, KmsKeyId: { 'Fn::GetStackOutput': { StackName: 'Dev-DataLakeInfrastructureS3BucketZones' } } });
  lake.template('Vpc').hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL', LogDestinationType: 'cloud-watch-logs', LogGroupName: { Ref: group } });
  lake.template('Vpc').hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'vpc-flow-logs.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } } }] },
  });
  expect(network({ flowLogs: false }).resources('Vpc', 'AWS::EC2::FlowLog')).toEqual({});
});

test('publishes the id of the VPC', () => {
  expect(lake.template('Vpc').toJSON()['Outputs']).toMatchObject({ VpcId: { Value: { Ref: expect.stringMatching(/^Vpc/) } } });
});

function flat(value: unknown): string {
  return typeof value === 'string' ? value : (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].filter((part) => typeof part === 'string').join('');
}

import { CdkTemplateDiffer } from '../../src/aws/template-diff.js';

const differ = new CdkTemplateDiffer();
const template = (Resources: object, rest: object = {}) => ({ Resources, ...rest });
const bucket = (Properties: object, rest: object = {}) => ({ Type: 'AWS::S3::Bucket', Properties, ...rest });
const policy = (Effect: string, Action: string) => ({ Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: [{ Effect, Action, Resource: { 'Fn::GetAtt': ['Gold', 'Arn'] } }] } } });

describe('CdkTemplateDiffer', () => {
  it.each([
    ['a property that can change in place', bucket({ BucketName: 'a' }), bucket({ BucketName: 'a', Tags: [{ Key: 'x', Value: 'y' }] }), { action: 'update', properties: ['Tags'] }],
    ['a name', bucket({ BucketName: 'a' }), bucket({ BucketName: 'b' }), { action: 'replace', properties: ['BucketName'] }],
    ['a policy of deletion', bucket({}, { DeletionPolicy: 'Delete' }), bucket({}, { DeletionPolicy: 'Retain' }), { action: 'update', properties: ['DeletionPolicy'] }],
    ['what is new', undefined, bucket({}), { action: 'create', properties: [] }],
    ['what is gone', bucket({}), undefined, { action: 'delete', properties: [] }],
    ['what is gone and kept', bucket({}, { DeletionPolicy: 'Retain' }), undefined, { action: 'orphan', properties: [] }],
  ])('%s', (_what, before, after, expected) => {
    const difference = differ.compare(template(before ? { Gold: before } : {}), template(after ? { Gold: after } : {}), { Gold: 'Gold/Resource' });
    expect(difference.resources).toEqual([{ logicalId: 'Gold', path: 'Gold/Resource', type: 'AWS::S3::Bucket', ...expected }]);
  });

  it('is empty for equal templates, whatever the order of keys', () => {
    const [a, b] = [template({ Gold: bucket({ A: 1, B: [1, { C: 2, D: 3 }] }) }), template({ Gold: bucket({ B: [1, { D: 3, C: 2 }], A: 1 }) })];
    expect(differ.compare(a, b, {})).toEqual({ resources: [], outputs: [], widening: [], other: [] });
    expect(differ.digest(a)).toBe(differ.digest(b));
    expect(differ.digest([1, 2])).not.toBe(differ.digest([2, 1]));
  });

  it('says whose rights grow, and on what, by the names of the constructs', () => {
    const before = template({ Policy: policy('Allow', 's3:GetObject') });
    const after = template({ Policy: policy('Allow', 's3:*') });
    expect(differ.compare(before, after, { Gold: 'Gold/Resource', Role: 'Analyst/Resource' }).widening).toEqual(['Allow s3:* on Gold/Resource to AWS:Analyst/Resource']);
  });

  it('knows that a denial less is a right more, and a right less is none', () => {
    expect(differ.compare(template({ Policy: policy('Deny', 's3:*') }), template({}), {}).widening).toEqual([expect.stringMatching(/^no longer: Deny s3:\*/)]);
    expect(differ.compare(template({ Policy: policy('Allow', 's3:*') }), template({}), {}).widening).toEqual([]);
  });

  it('sees managed policies and openings of the network', () => {
    const after = template({
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] }, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] } },
      Rule: { Type: 'AWS::EC2::SecurityGroupIngress', Properties: { GroupId: { Ref: 'Group' }, IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, CidrIp: '0.0.0.0/0' } },
    });
    expect(differ.compare(template({}), after, {}).widening).toEqual(['managed policy arn:aws:iam::aws:policy/AdministratorAccess for ${Role}', 'traffic into ${Group}: TCP 5432 from Everyone (IPv4)']);
  });

  it('sees outputs, parameters and what else there is', () => {
    const difference = differ.compare(template({}, { Description: 'a' }), template({}, { Description: 'b', Outputs: { X: { Value: '1' } }, Parameters: { P: { Type: 'String' } } }), {});
    expect(difference).toMatchObject({ outputs: ['X'], other: ['description', 'parameters: P'] });
  });

  it('tells it to people', () => {
    expect(differ.describe(template({ Gold: bucket({ BucketName: 'a' }) }), template({ Gold: bucket({ BucketName: 'b' }) }), {})).toMatch(/BucketName \(requires replacement\)[^]*\[-\] a[^]*\[\+\] b/);
  });
});

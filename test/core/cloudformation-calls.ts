// What CloudFormation calls for a resource, and on what, told apart from the table under test: names as CloudFormation makes
// them (`<stack>-<logical id>-<random>`, the stack's name shortened to 24 letters where the service wants short names).
import type { Environment } from '../../src/core/environment.js';
import type { Facts } from '../support/iam-evaluator.js';

export interface Call { readonly action: string; readonly resource: string; readonly facts?: Facts }

export interface Resource { readonly stack: string; readonly id: string; readonly Type: string; readonly Properties: Readonly<Record<string, any>> }

const calls = (service: string, actions: string, resource: string, facts?: Facts): Call[] => actions.split(' ').map((action) => ({ action: `${service}:${action}`, resource, ...(facts && { facts }) }));
const list = (service: string, actions: string) => calls(service, actions, '*');

/** @throws for a type that nobody wrote down here either */
export function callsFor({ account, region, name, title }: Environment, { stack, id, Type, Properties }: Resource): Call[] {
  const arn = (service: string, resource: string, where = region) => `arn:aws:${service}:${where}:${account}:${resource}`;
  const long = `${stack}-${id}-ZX81QLQL48K`;
  const short = `${stack.slice(0, 24)}-${id.slice(0, 24)}-ZX81QLQL48K`;
  const logical = `${id}-zx81qlql48k`;
  const role = arn('iam', `role/${short}`, '');
  const pass = (service: string): Call => ({ action: 'iam:PassRole', resource: role, facts: { 'iam:PassedToService': service } });
  const useKey = (service: string) => calls('kms', 'Decrypt GenerateDataKey', arn('kms', 'key/1234'), { 'kms:ViaService': `${service}.${region}.amazonaws.com` });
  const api = (path: string, verbs = 'GET POST PUT PATCH DELETE') => calls('apigateway', verbs, `arn:aws:apigateway:${region}::${path}`);
  const ec2 = (kind: string, writes: string, reads: string) => [...calls('ec2', writes, arn('ec2', `${kind}/${kind}-0123`)), ...list('ec2', reads)];
  const rds = (kind: string, writes: string, reads: string) => [
    ...calls('rds', `${writes} AddTagsToResource RemoveTagsFromResource`, arn('rds', `${kind}:${short.toLowerCase()}`)), ...calls('rds', `${reads} ListTagsForResource`, arn('rds', `${kind}:${short.toLowerCase()}`)),
    { action: 'iam:CreateServiceLinkedRole', resource: arn('iam', 'role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS', ''), facts: { 'iam:AWSServiceName': 'rds.amazonaws.com' } },
  ];
  const bucket = `arn:aws:s3:::${`${stack}-${id}-zx81qlql48k`.toLowerCase().slice(0, 63)}`;
  const gold = `dlp_${name}_gold`;
  const logGroup = (): string => {
    const given = JSON.stringify(Properties['LogGroupName'] ?? '');
    // Only the beginning is known before deployment; the rest are ids of AWS.
    return Properties['LogGroupName'] ? `${/(?:"|\[")((?:\/aws\/|API-Gateway)[^"]*)/.exec(given)![1]!}0123456789` : long;
  };

  switch (Type) {
    case 'AWS::ApiGateway::Account': return [...api('/account', 'GET PATCH'), pass('apigateway.amazonaws.com')];
    case 'AWS::ApiGateway::Deployment': return api('/restapis/abc/deployments/def');
    case 'AWS::ApiGateway::Method': return api('/restapis/abc/resources/def/methods/GET');
    case 'AWS::ApiGateway::Model': return api('/restapis/abc/models/Start');
    case 'AWS::ApiGateway::RequestValidator': return api('/restapis/abc/requestvalidators/def');
    case 'AWS::ApiGateway::Resource': return api('/restapis/abc/resources/def');
    case 'AWS::ApiGateway::RestApi': return [...api('/restapis', 'GET POST'), ...api('/restapis/abc'), ...api('/restapis/abc', 'UpdateRestApiPolicy'), ...api('/tags/arn%3Aaws', 'GET PUT DELETE')];
    case 'AWS::ApiGateway::Stage': return [...api('/restapis/abc/stages'), ...api('/restapis/abc/stages/v1')];
    case 'AWS::Athena::NamedQuery': return calls('athena', 'CreateNamedQuery GetNamedQuery DeleteNamedQuery', arn('athena', `workgroup/dlp-${name}`));
    case 'AWS::Athena::WorkGroup': return [...calls('athena', 'CreateWorkGroup GetWorkGroup UpdateWorkGroup DeleteWorkGroup TagResource UntagResource ListTagsForResource', arn('athena', `workgroup/dlp-${name}`)), ...calls('s3', 'GetBucketLocation', `arn:aws:s3:::${name}-datalakeinfrastructures3bucketzones-gold7f-zx81`)];
    case 'AWS::CloudWatch::Alarm': return [...calls('cloudwatch', 'PutMetricAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource', arn('cloudwatch', `alarm:${long}`))];
    case 'AWS::CloudWatch::Dashboard': return calls('cloudwatch', 'PutDashboard GetDashboard DeleteDashboards', arn('cloudwatch', `dashboard/${logical}`, ''));
    case 'AWS::EC2::EIP': return ec2('elastic-ip', 'AllocateAddress ReleaseAddress CreateTags DeleteTags', 'DescribeAddresses');
    case 'AWS::EC2::FlowLog': return [...ec2('vpc-flow-log', 'CreateFlowLogs DeleteFlowLogs CreateTags', 'DescribeFlowLogs'), ...ec2('vpc', 'CreateFlowLogs', 'DescribeFlowLogs'), pass('vpc-flow-logs.amazonaws.com')];
    case 'AWS::EC2::InternetGateway': return ec2('internet-gateway', 'CreateInternetGateway DeleteInternetGateway CreateTags DeleteTags', 'DescribeInternetGateways');
    case 'AWS::EC2::NatGateway': return ec2('natgateway', 'CreateNatGateway DeleteNatGateway CreateTags', 'DescribeNatGateways');
    case 'AWS::EC2::Route': return ec2('route-table', 'CreateRoute ReplaceRoute DeleteRoute', 'DescribeRouteTables');
    case 'AWS::EC2::RouteTable': return ec2('route-table', 'CreateRouteTable DeleteRouteTable CreateTags', 'DescribeRouteTables');
    case 'AWS::EC2::SecurityGroup': return ec2('security-group', 'CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags', 'DescribeSecurityGroups');
    case 'AWS::EC2::SecurityGroupEgress': return ec2('security-group', 'AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress', 'DescribeSecurityGroupRules');
    case 'AWS::EC2::SecurityGroupIngress': return ec2('security-group', 'AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress', 'DescribeSecurityGroupRules');
    case 'AWS::EC2::Subnet': return ec2('subnet', 'CreateSubnet DeleteSubnet ModifySubnetAttribute CreateTags', 'DescribeSubnets DescribeAvailabilityZones');
    case 'AWS::EC2::SubnetRouteTableAssociation': return ec2('subnet', 'AssociateRouteTable DisassociateRouteTable', 'DescribeRouteTables');
    case 'AWS::EC2::VPC': return ec2('vpc', 'CreateVpc DeleteVpc ModifyVpcAttribute CreateTags DeleteTags', 'DescribeVpcs DescribeVpcAttribute');
    case 'AWS::EC2::VPCEndpoint': return ec2('vpc-endpoint', 'CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints CreateTags', 'DescribeVpcEndpoints DescribeVpcs');
    case 'AWS::EC2::VPCGatewayAttachment': return ec2('internet-gateway', 'AttachInternetGateway DetachInternetGateway', 'DescribeInternetGateways');
    case 'AWS::Events::Rule': return [...calls('events', 'PutRule DescribeRule DeleteRule PutTargets RemoveTargets ListTargetsByRule TagResource UntagResource', arn('events', `rule/${short}`)), pass('events.amazonaws.com')];
    case 'AWS::Glue::Connection': return [arn('glue', 'catalog'), arn('glue', `connection/${logical}`)].flatMap((on) => calls('glue', 'CreateConnection GetConnection UpdateConnection DeleteConnection', on));
    case 'AWS::Glue::Database': return [arn('glue', 'catalog'), arn('glue', `database/${gold}`)].flatMap((on) => calls('glue', 'CreateDatabase GetDatabase UpdateDatabase DeleteDatabase', on));
    case 'AWS::Glue::Job': return [...calls('glue', 'CreateJob GetJob UpdateJob DeleteJob TagResource UntagResource GetTags', arn('glue', `job/${logical}`)), pass('glue.amazonaws.com')];
    case 'AWS::Glue::SecurityConfiguration': return list('glue', 'CreateSecurityConfiguration GetSecurityConfiguration DeleteSecurityConfiguration');
    case 'AWS::Glue::Table': return [arn('glue', 'catalog'), arn('glue', `database/${gold}`), arn('glue', `table/${gold}/quarantine`)].flatMap((on) => calls('glue', 'CreateTable GetTable UpdateTable DeleteTable', on));
    case 'AWS::IAM::ManagedPolicy': return calls('iam', 'CreatePolicy GetPolicy GetPolicyVersion CreatePolicyVersion DeletePolicyVersion ListPolicyVersions DeletePolicy ListEntitiesForPolicy', arn('iam', `policy/${long}`, ''));
    case 'AWS::IAM::OIDCProvider': return calls('iam', 'CreateOpenIDConnectProvider GetOpenIDConnectProvider TagOpenIDConnectProvider DeleteOpenIDConnectProvider', arn('iam', `oidc-provider/${String(Properties['Url']).replace('https://', '')}`, ''));
    case 'AWS::IAM::Role': return [
      ...calls('iam', 'CreateRole GetRole UpdateRole UpdateAssumeRolePolicy PutRolePermissionsBoundary TagRole UntagRole ListAttachedRolePolicies ListRolePolicies DeleteRole', role),
      ...[arn('iam', `policy/${title}-DataLakeInfrastructureIam-Grants0-ZX81`, ''), ...[...JSON.stringify(Properties['ManagedPolicyArns'] ?? []).matchAll(/policy\/(service-role\/\w+)/g)].map(([, policy]) => `arn:aws:iam::aws:policy/${policy}`)]
        .flatMap((policy) => calls('iam', 'AttachRolePolicy DetachRolePolicy', role, { 'iam:PolicyARN': policy })),
    ];
    case 'AWS::KMS::Key': return [...list('kms', 'CreateKey'), ...calls('kms', 'DescribeKey EnableKeyRotation PutKeyPolicy GetKeyPolicy TagResource ScheduleKeyDeletion UpdateKeyDescription', arn('kms', 'key/1234'))];
    case 'AWS::Lambda::Function': return [
      ...calls('lambda', 'CreateFunction GetFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction TagResource UntagResource PutFunctionConcurrency', arn('lambda', `function:${short}`)), pass('lambda.amazonaws.com'), ...useKey('lambda'),
      ...calls('s3', 'GetObject', `arn:aws:s3:::cdk-hnb659fds-assets-${account}-${region}/0123.zip`), ...useKey('s3'), ...list('ec2', 'DescribeSubnets DescribeSecurityGroups DescribeVpcs'),
    ];
    case 'AWS::Lambda::Permission': return calls('lambda', 'AddPermission RemovePermission GetPolicy', arn('lambda', `function:${short}`));
    case 'AWS::Logs::LogGroup': return [...calls('logs', 'CreateLogGroup PutRetentionPolicy AssociateKmsKey TagResource ListTagsForResource DeleteLogGroup', arn('logs', `log-group:${logGroup()}`)), ...list('logs', 'DescribeLogGroups')];
    case 'AWS::RDS::DBCluster': return [...rds('cluster', 'CreateDBCluster ModifyDBCluster DeleteDBCluster', 'DescribeDBClusters'), ...calls('secretsmanager', 'CreateSecret TagResource', arn('secretsmanager', 'secret:rds!cluster-0123')), ...useKey('secretsmanager'), ...calls('rds', 'CreateDBCluster', arn('rds', 'og:default:aurora-postgresql-17'))];
    case 'AWS::RDS::DBClusterParameterGroup': return rds('cluster-pg', 'CreateDBClusterParameterGroup ModifyDBClusterParameterGroup DeleteDBClusterParameterGroup', 'DescribeDBClusterParameterGroups');
    case 'AWS::RDS::DBInstance': return [...rds('db', 'CreateDBInstance ModifyDBInstance DeleteDBInstance', 'DescribeDBInstances'), pass('monitoring.rds.amazonaws.com'), ...calls('kms', 'DescribeKey', arn('kms', 'key/1234')), ...useKey('rds'), ...calls('rds', 'CreateDBInstance', arn('rds', `cluster:${short.toLowerCase()}`))];
    case 'AWS::RDS::DBParameterGroup': return rds('pg', 'CreateDBParameterGroup ModifyDBParameterGroup DeleteDBParameterGroup', 'DescribeDBParameterGroups');
    case 'AWS::RDS::DBSubnetGroup': return rds('subgrp', 'CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup', 'DescribeDBSubnetGroups');
    case 'AWS::S3::Bucket': return calls('s3', 'CreateBucket DeleteBucket PutEncryptionConfiguration GetEncryptionConfiguration PutBucketPublicAccessBlock PutBucketVersioning PutLifecycleConfiguration PutBucketLogging PutBucketNotification PutBucketOwnershipControls PutBucketTagging GetBucketTagging', bucket);
    case 'AWS::S3::BucketPolicy': return calls('s3', 'PutBucketPolicy GetBucketPolicy DeleteBucketPolicy', bucket);
    case 'AWS::SNS::Subscription': return [...calls('sns', 'Subscribe', arn('sns', long)), ...list('sns', 'Unsubscribe GetSubscriptionAttributes')];
    case 'AWS::SNS::Topic': return calls('sns', 'CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource ListTagsForResource', arn('sns', long));
    case 'AWS::SNS::TopicPolicy': return calls('sns', 'SetTopicAttributes GetTopicAttributes', arn('sns', long));
    case 'AWS::SQS::Queue': return calls('sqs', 'CreateQueue GetQueueAttributes SetQueueAttributes DeleteQueue TagQueue ListQueueTags', arn('sqs', long.slice(0, 80)));
    case 'AWS::SQS::QueuePolicy': return calls('sqs', 'SetQueueAttributes GetQueueAttributes', arn('sqs', long.slice(0, 80)));
    case 'AWS::SSM::Parameter': return calls('ssm', 'PutParameter GetParameters DeleteParameter AddTagsToResource', arn('ssm', `parameter${Properties['Name']}`));
    case 'AWS::StepFunctions::StateMachine': return [...calls('states', 'CreateStateMachine DescribeStateMachine UpdateStateMachine DeleteStateMachine TagResource', arn('states', `stateMachine:${logical}`)), pass('states.amazonaws.com')];
    default:
      if (Type.startsWith('Custom::')) return calls('lambda', 'InvokeFunction', arn('lambda', `function:${short}`));
      throw new Error(`nobody wrote down what CloudFormation calls for ${Type}`);
  }
}

/** Whatever the stacks hold. */
export function callsForEveryStack({ account, region, title }: Environment): Call[] {
  return [
    ...calls('ssm', 'GetParameters', `arn:aws:ssm:${region}:${account}:parameter/cdk-bootstrap/hnb659fds/version`),
    ...calls('cloudformation', 'DescribeStacks', `arn:aws:cloudformation:${region}:${account}:stack/${title}-DataLakeInfrastructureVpc/0123`),
    ...list('ec2', 'DescribeAvailabilityZones'),
  ];
}

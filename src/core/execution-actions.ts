// What CloudFormation must be allowed to do for each type of resource that the lake's stacks may hold: the IAM actions of
// create, read, update, delete and tag, and where. Data only. Sources: the handlers' permissions in CloudFormation's own
// resource schemas, and the service authorization reference; what was left out is in docs/decisions/0018.

/** One managed policy for each group, or several where one is full. */
export type PolicyGroup = 'Network' | 'Identity' | 'Data' | 'Compute';

export interface Right {
  readonly actions: readonly string[];
  /** ARNs. `{partition}`, `{region}`, `{account}`, `{title}` (`Dev`), `{name}` (`dev`) and `{qualifier}` stand for the environment's. */
  readonly on: readonly string[];
  /** Only when the service of this name (`s3`) asks in the caller's name. */
  readonly via?: readonly string[];
}

export interface TypeRights {
  readonly group: PolicyGroup;
  readonly rights: readonly Right[];
  /** Services that are given a role of the lake. */
  readonly passesRoleTo?: readonly string[];
  /** Services whose own role in the account comes with the first resource. */
  readonly serviceRoles?: readonly string[];
}

const ALL = ['*'];
/** CloudFormation begins the names that it makes with the stack's, and shortens that to 24 letters where the service wants short names. */
const named = (service: string, resource = '', region = '{region}') => [`arn:{partition}:${service}:${region}:{account}:${resource}{title}-DataLake*`];
const here = (service: string, ...resources: string[]) => resources.map((resource) => `arn:{partition}:${service}:{region}:{account}:${resource}`);

/** Services that use a key in the name of whoever creates a resource of theirs. */
const KEY_USE: Right = { actions: ['kms:CreateGrant', 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], on: here('kms', 'key/*'), via: ['athena', 'lambda', 'rds', 's3', 'secretsmanager'] };
const DESCRIBE_KEY: Right = { actions: ['kms:DescribeKey'], on: here('kms', 'key/*') };

/** Names of networks, subnets and the like are numbers of AWS: only account and Region can be told. */
const EC2 = here('ec2', '*/*');
function ec2(writes: string, reads: string, more: Partial<TypeRights> = {}): TypeRights {
  const actions = (names: string) => names.split(' ').map((name) => `ec2:${name}`);
  return { group: 'Network', ...more, rights: [{ actions: actions(`${writes} CreateTags DeleteTags`), on: EC2 }, { actions: actions(reads), on: ALL }, ...more.rights ?? []] };
}

const RDS = ['db:{name}-datalake*', 'cluster:{name}-datalake*', 'subgrp:{name}-datalake*', 'pg:{name}-datalake*', 'cluster-pg:{name}-datalake*',
  'snapshot:{name}-datalake*', 'cluster-snapshot:{name}-datalake*', 'og:default*', 'pg:default*', 'cluster-pg:default*'];
function rds(writes: string, reads: string, more: Partial<TypeRights> = {}): TypeRights {
  const actions = (names: string) => names.split(' ').map((name) => `rds:${name}`);
  return {
    group: 'Data', serviceRoles: ['rds.amazonaws.com'], ...more,
    rights: [{ actions: actions(`${writes} AddTagsToResource RemoveTagsFromResource`), on: here('rds', ...RDS) }, { actions: actions(`${reads} ListTagsForResource`), on: ALL }, ...more.rights ?? []],
  };
}
/** Looked at by RDS in the caller's name when it places an instance. */
const RDS_NETWORK: Right = {
  actions: ['AccountAttributes', 'AvailabilityZones', 'InternetGateways', 'SecurityGroups', 'Subnets', 'VpcAttribute', 'Vpcs'].map((what) => `ec2:Describe${what}`), on: ALL,
};
/** RDS keeps the mart's password in a secret whose name begins so. */
const RDS_SECRET: Right = { actions: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], on: here('secretsmanager', 'secret:rds!*') };

const apiGateway = (...verbs: string[]): Right => ({
  actions: verbs.map((verb) => `apigateway:${verb}`),
  on: ['account', 'restapis', 'restapis/*', 'tags/*'].map((path) => `arn:{partition}:apigateway:{region}::/${path}`),
});
const API: TypeRights = { group: 'Compute', rights: [apiGateway('DELETE', 'GET', 'PATCH', 'POST', 'PUT')] };

const CATALOG = here('glue', 'catalog', 'database/dlp_{name}_gold', 'table/dlp_{name}_gold/*', 'userDefinedFunction/dlp_{name}_gold/*');
const LAKE_FORMATION: Right = { actions: ['lakeformation:DescribeLakeFormationIdentityCenterConfiguration', 'lakeformation:DescribeResource', 'lakeformation:ListResources'], on: ALL };

const LAKE_BUCKETS = ['arn:{partition}:s3:::{name}-datalake*'];
const bucket = (...actions: string[]): Right => ({ actions: actions.map((action) => `s3:${action}`), on: LAKE_BUCKETS });

const LOG_GROUPS = here('logs', 'log-group:{title}-DataLake*', 'log-group:/aws/vendedlogs/states/{title}-DataLake*', 'log-group:API-Gateway-Execution-Logs_*');

export const LAKE_ROLES = named('iam', 'role/', '');
export const LAKE_POLICIES = named('iam', 'policy/', '');

/** Whatever the stacks hold: the version of the bootstrap, outputs of other stacks, zones of the Region, assets. */
export const EVERY_STACK: readonly (Right & { readonly group: PolicyGroup })[] = [
  { group: 'Compute', actions: ['ssm:GetParameters'], on: here('ssm', 'parameter/cdk-bootstrap/{qualifier}/version') },
  { group: 'Compute', actions: ['cloudformation:DescribeStacks'], on: here('cloudformation', 'stack/{title}-DataLakeInfrastructure*') },
  { group: 'Network', actions: ['ec2:DescribeAccountAttributes', 'ec2:DescribeAvailabilityZones'], on: ALL },
  { group: 'Data', actions: ['s3:GetObject', 's3:GetObjectVersion'], on: ['arn:{partition}:s3:::cdk-{qualifier}-assets-{account}-{region}/*'] },
  { group: 'Data', actions: ['s3:GetBucketLocation', 's3:ListBucket'], on: ['arn:{partition}:s3:::cdk-{qualifier}-assets-{account}-{region}'] },
  { group: 'Data', actions: ['kms:Decrypt'], on: here('kms', 'key/*'), via: ['s3'] },
];

export const TYPE_RIGHTS: Readonly<Record<string, TypeRights>> = {
  'AWS::ApiGateway::Account': { ...API, passesRoleTo: ['apigateway.amazonaws.com'], rights: [...API.rights, { actions: ['iam:GetRole'], on: LAKE_ROLES }] },
  'AWS::ApiGateway::Deployment': API,
  'AWS::ApiGateway::Method': API,
  'AWS::ApiGateway::Model': API,
  'AWS::ApiGateway::RequestValidator': API,
  'AWS::ApiGateway::Resource': API,
  'AWS::ApiGateway::RestApi': { ...API, rights: [...API.rights, apiGateway('UpdateRestApiPolicy')] },
  'AWS::ApiGateway::Stage': API,

  'AWS::Athena::NamedQuery': { group: 'Data', rights: [{ actions: ['CreateNamedQuery', 'DeleteNamedQuery', 'GetNamedQuery', 'ListNamedQueries'].map((action) => `athena:${action}`), on: here('athena', 'workgroup/dlp-{name}') }] },
  'AWS::Athena::WorkGroup': {
    group: 'Data', rights: [
      { actions: ['CreateWorkGroup', 'DeleteWorkGroup', 'GetWorkGroup', 'ListTagsForResource', 'TagResource', 'UntagResource', 'UpdateWorkGroup'].map((action) => `athena:${action}`), on: here('athena', 'workgroup/dlp-{name}') },
      bucket('GetBucketLocation', 'ListBucket', 'ListBucketMultipartUploads'),
      { actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'], on: ['arn:{partition}:s3:::{name}-datalake*/athena/*'] },
      KEY_USE,
    ],
  },

  'AWS::CloudWatch::Alarm': { group: 'Compute', rights: [
    { actions: ['DeleteAlarms', 'ListTagsForResource', 'PutMetricAlarm', 'TagResource', 'UntagResource'].map((action) => `cloudwatch:${action}`), on: named('cloudwatch', 'alarm:') },
    { actions: ['cloudwatch:DescribeAlarms'], on: here('cloudwatch', 'alarm:*') },
  ] },
  // A dashboard's name begins with its logical id, and its ARN has no Region.
  'AWS::CloudWatch::Dashboard': { group: 'Compute', rights: [
    { actions: ['DeleteDashboards', 'GetDashboard', 'ListTagsForResource', 'PutDashboard', 'TagResource', 'UntagResource'].map((action) => `cloudwatch:${action}`), on: ['arn:{partition}:cloudwatch::{account}:dashboard/Dashboard*'] },
  ] },

  'AWS::EC2::EIP': ec2('AllocateAddress AssociateAddress DisassociateAddress ReleaseAddress', 'DescribeAddresses'),
  'AWS::EC2::FlowLog': ec2('CreateFlowLogs DeleteFlowLogs', 'DescribeFlowLogs DescribeTags', {
    passesRoleTo: ['vpc-flow-logs.amazonaws.com'], serviceRoles: ['delivery.logs.amazonaws.com'], rights: [{ actions: ['logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'autoscaling:DescribeTags'], on: ALL }],
  }),
  'AWS::EC2::InternetGateway': ec2('CreateInternetGateway DeleteInternetGateway', 'DescribeInternetGateways'),
  'AWS::EC2::NatGateway': ec2('AssignPrivateNatGatewayAddress AssociateNatGatewayAddress CreateNatGateway DeleteNatGateway DisassociateNatGatewayAddress UnassignPrivateNatGatewayAddress', 'DescribeNatGateways'),
  'AWS::EC2::Route': ec2('CreateRoute DeleteRoute ReplaceRoute', 'DescribeNetworkInterfaces DescribeRouteTables'),
  'AWS::EC2::RouteTable': ec2('CreateRouteTable DeleteRouteTable', 'DescribeRouteTables'),
  'AWS::EC2::SecurityGroup': ec2(
    'AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateSecurityGroup DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress UpdateSecurityGroupRuleDescriptionsIngress',
    'DescribeInstances DescribeSecurityGroups',
  ),
  'AWS::EC2::SecurityGroupEgress': ec2('AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress UpdateSecurityGroupRuleDescriptionsEgress', 'DescribeSecurityGroupRules DescribeSecurityGroups'),
  'AWS::EC2::SecurityGroupIngress': ec2('AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsIngress', 'DescribeSecurityGroupRules DescribeSecurityGroups'),
  'AWS::EC2::Subnet': ec2('AssociateSubnetCidrBlock CreateSubnet DeleteSubnet DisassociateSubnetCidrBlock ModifySubnetAttribute', 'DescribeNetworkAcls DescribeSubnets'),
  'AWS::EC2::SubnetRouteTableAssociation': ec2('AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation', 'DescribeRouteTables DescribeSubnets'),
  'AWS::EC2::VPC': ec2('CreateVpc DeleteVpc ModifyVpcAttribute ModifyVpcTenancy', 'DescribeNetworkAcls DescribeSecurityGroups DescribeVpcAttribute DescribeVpcEncryptionControls DescribeVpcs'),
  'AWS::EC2::VPCEndpoint': ec2('CreateVpcEndpoint DeleteVpcEndpoints ModifyVpcEndpoint', 'DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs'),
  'AWS::EC2::VPCGatewayAttachment': ec2('AttachInternetGateway DetachInternetGateway', 'DescribeInternetGateways DescribeVpnGateways'),

  'AWS::Events::Rule': { group: 'Compute', passesRoleTo: ['events.amazonaws.com'], rights: [
    { actions: ['DeleteRule', 'DescribeRule', 'ListTagsForResource', 'ListTargetsByRule', 'PutRule', 'PutTargets', 'RemoveTargets', 'TagResource', 'UntagResource'].map((action) => `events:${action}`), on: named('events', 'rule/') },
  ] },

  'AWS::Glue::Connection': { group: 'Data', rights: [
    { actions: ['CreateConnection', 'DeleteConnection', 'GetConnection', 'TagResource', 'UntagResource', 'UpdateConnection', 'GetTags'].map((action) => `glue:${action}`), on: here('glue', 'catalog', 'connection/*') },
  ] },
  'AWS::Glue::Database': { group: 'Data', rights: [{ actions: ['CreateDatabase', 'DeleteDatabase', 'GetDatabase', 'UpdateDatabase'].map((action) => `glue:${action}`), on: CATALOG }, LAKE_FORMATION] },
  'AWS::Glue::Job': { group: 'Data', passesRoleTo: ['glue.amazonaws.com'], rights: [
    { actions: ['CreateJob', 'DeleteJob', 'GetJob', 'GetTags', 'TagResource', 'UntagResource', 'UpdateJob'].map((action) => `glue:${action}`), on: here('glue', 'job/*') },
    { actions: ['iam:GetRole'], on: LAKE_ROLES },
  ] },
  // Glue knows no resource of this kind in policies.
  'AWS::Glue::SecurityConfiguration': { group: 'Data', rights: [{ actions: ['glue:CreateSecurityConfiguration', 'glue:DeleteSecurityConfiguration', 'glue:GetSecurityConfiguration'], on: ALL }] },
  'AWS::Glue::Table': { group: 'Data', rights: [{ actions: ['CreateTable', 'DeleteTable', 'GetTable', 'UpdateTable'].map((action) => `glue:${action}`), on: CATALOG }, LAKE_FORMATION] },

  'AWS::IAM::ManagedPolicy': { group: 'Identity', rights: [
    { actions: ['CreatePolicy', 'CreatePolicyVersion', 'DeletePolicy', 'DeletePolicyVersion', 'GetPolicy', 'GetPolicyVersion', 'ListEntitiesForPolicy', 'ListPolicyVersions'].map((action) => `iam:${action}`), on: LAKE_POLICIES },
  ] },
  'AWS::IAM::OIDCProvider': { group: 'Identity', rights: [{
    actions: ['AddClientIDToOpenIDConnectProvider', 'CreateOpenIDConnectProvider', 'DeleteOpenIDConnectProvider', 'GetOpenIDConnectProvider', 'ListOpenIDConnectProviderTags', 'RemoveClientIDFromOpenIDConnectProvider',
      'TagOpenIDConnectProvider', 'UntagOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint'].map((action) => `iam:${action}`),
    on: ['arn:{partition}:iam::{account}:oidc-provider/token.actions.githubusercontent.com'],
  }] },
  // Attaching policies is a statement of its own in execution-policy.ts: it says which ones.
  'AWS::IAM::Role': { group: 'Identity', rights: [{
    actions: ['CreateRole', 'DeleteRole', 'DeleteRolePermissionsBoundary', 'DeleteRolePolicy', 'GetRole', 'GetRolePolicy', 'ListAttachedRolePolicies', 'ListRolePolicies', 'ListRoleTags', 'PutRolePermissionsBoundary',
      'PutRolePolicy', 'TagRole', 'UntagRole', 'UpdateAssumeRolePolicy', 'UpdateRole', 'UpdateRoleDescription'].map((action) => `iam:${action}`),
    on: LAKE_ROLES,
  }] },

  'AWS::KMS::Key': { group: 'Data', rights: [
    { actions: ['kms:CreateKey'], on: ALL },
    { actions: ['DescribeKey', 'DisableKey', 'DisableKeyRotation', 'EnableKey', 'EnableKeyRotation', 'GetKeyPolicy', 'GetKeyRotationStatus', 'ListResourceTags', 'PutKeyPolicy', 'ScheduleKeyDeletion', 'TagResource', 'UntagResource',
      'UpdateKeyDescription'].map((action) => `kms:${action}`), on: here('kms', 'key/*') },
  ] },

  'AWS::Lambda::Function': { group: 'Compute', passesRoleTo: ['lambda.amazonaws.com'], rights: [
    { actions: ['CreateFunction', 'DeleteFunction', 'DeleteFunctionConcurrency', 'GetFunction', 'GetFunctionCodeSigningConfig', 'GetFunctionRecursionConfig', 'GetFunctionScalingConfig', 'GetRuntimeManagementConfig', 'ListTags',
      'PublishVersion', 'PutFunctionConcurrency', 'PutFunctionRecursionConfig', 'PutFunctionScalingConfig', 'PutRuntimeManagementConfig', 'TagResource', 'UntagResource', 'UpdateFunctionCode', 'UpdateFunctionConfiguration',
    ].map((action) => `lambda:${action}`), on: named('lambda', 'function:') },
    { actions: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'], on: ALL },
    KEY_USE,
  ] },
  'AWS::Lambda::Permission': { group: 'Compute', rights: [{ actions: ['lambda:AddPermission', 'lambda:GetPolicy', 'lambda:RemovePermission'], on: named('lambda', 'function:') }] },

  'AWS::Logs::LogGroup': { group: 'Compute', rights: [
    { actions: ['AssociateKmsKey', 'CreateLogGroup', 'DeleteDataProtectionPolicy', 'DeleteLogGroup', 'DeleteRetentionPolicy', 'DisassociateKmsKey', 'GetDataProtectionPolicy', 'ListTagsForResource', 'PutDataProtectionPolicy',
      'PutRetentionPolicy', 'TagResource', 'UntagResource'].map((action) => `logs:${action}`), on: LOG_GROUPS },
    { actions: ['logs:CreateLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy'], on: ALL },
  ] },

  'AWS::RDS::DBCluster': rds(
    'CreateDBCluster CreateDBClusterSnapshot CreateDBInstance DeleteDBCluster DeleteDBInstance DisableHttpEndpoint EnableHttpEndpoint ModifyDBCluster ModifyDBInstance RestoreDBClusterFromSnapshot RestoreDBClusterToPointInTime',
    'DescribeDBClusterAutomatedBackups DescribeDBClusterSnapshots DescribeDBClusters DescribeDBSnapshots DescribeDBSubnetGroups DescribeEvents DescribeGlobalClusters',
    { passesRoleTo: ['monitoring.rds.amazonaws.com'], rights: [RDS_NETWORK, RDS_SECRET, KEY_USE, DESCRIBE_KEY] },
  ),
  'AWS::RDS::DBClusterParameterGroup': rds(
    'CreateDBClusterParameterGroup DeleteDBClusterParameterGroup ModifyDBClusterParameterGroup ResetDBClusterParameterGroup',
    'DescribeDBClusterParameterGroups DescribeDBClusterParameters DescribeDBClusters DescribeEngineDefaultClusterParameters',
  ),
  'AWS::RDS::DBInstance': rds(
    'CreateDBInstance CreateDBSnapshot DeleteDBInstance ModifyDBInstance RebootDBInstance RestoreDBInstanceFromDBSnapshot RestoreDBInstanceToPointInTime',
    'DescribeDBClusterSnapshots DescribeDBClusters DescribeDBEngineVersions DescribeDBInstanceAutomatedBackups DescribeDBInstances DescribeDBParameterGroups DescribeDBSnapshots DescribeEvents',
    { passesRoleTo: ['monitoring.rds.amazonaws.com'], rights: [RDS_NETWORK, RDS_SECRET, KEY_USE, DESCRIBE_KEY, { actions: ['iam:GetRole'], on: LAKE_ROLES }] },
  ),
  'AWS::RDS::DBParameterGroup': rds('CreateDBParameterGroup DeleteDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup', 'DescribeDBParameterGroups DescribeDBParameters DescribeEngineDefaultParameters'),
  'AWS::RDS::DBSubnetGroup': rds('CreateDBSubnetGroup DeleteDBSubnetGroup ModifyDBSubnetGroup', 'DescribeDBSubnetGroups', { rights: [RDS_NETWORK] }),

  'AWS::S3::Bucket': { group: 'Data', rights: [bucket(
    'CreateBucket', 'DeleteBucket', 'GetAccelerateConfiguration', 'GetAnalyticsConfiguration', 'GetBucketAcl', 'GetBucketCORS', 'GetBucketLogging', 'GetBucketMetadataTableConfiguration', 'GetBucketNotification',
    'GetBucketObjectLockConfiguration', 'GetBucketOwnershipControls', 'GetBucketPublicAccessBlock', 'GetBucketTagging', 'GetBucketVersioning', 'GetBucketWebsite', 'GetEncryptionConfiguration', 'GetIntelligentTieringConfiguration',
    'GetInventoryConfiguration', 'GetLifecycleConfiguration', 'GetMetricsConfiguration', 'GetReplicationConfiguration', 'ListBucket', 'PutAccelerateConfiguration', 'PutAnalyticsConfiguration', 'PutBucketAcl', 'PutBucketCORS',
    'PutBucketLogging', 'PutBucketNotification', 'PutBucketObjectLockConfiguration', 'PutBucketOwnershipControls', 'PutBucketPublicAccessBlock', 'PutBucketTagging', 'PutBucketVersioning', 'PutEncryptionConfiguration',
    'PutIntelligentTieringConfiguration', 'PutInventoryConfiguration', 'PutLifecycleConfiguration', 'PutMetricsConfiguration',
  )] },
  'AWS::S3::BucketPolicy': { group: 'Data', rights: [bucket('DeleteBucketPolicy', 'GetBucketPolicy', 'PutBucketPolicy')] },

  'AWS::SNS::Subscription': { group: 'Compute', rights: [
    { actions: ['sns:Subscribe'], on: named('sns') },
    { actions: ['sns:GetSubscriptionAttributes', 'sns:SetSubscriptionAttributes', 'sns:Unsubscribe'], on: ALL },
  ] },
  'AWS::SNS::Topic': { group: 'Compute', rights: [
    { actions: ['CreateTopic', 'DeleteTopic', 'GetDataProtectionPolicy', 'GetTopicAttributes', 'ListSubscriptionsByTopic', 'ListTagsForResource', 'PutDataProtectionPolicy', 'SetTopicAttributes', 'Subscribe', 'TagResource', 'UntagResource',
    ].map((action) => `sns:${action}`), on: named('sns') },
    { actions: ['sns:Unsubscribe'], on: ALL },
  ] },
  'AWS::SNS::TopicPolicy': { group: 'Compute', rights: [{ actions: ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'], on: named('sns') }] },

  'AWS::SQS::Queue': { group: 'Compute', rights: [
    { actions: ['CreateQueue', 'DeleteQueue', 'GetQueueAttributes', 'GetQueueUrl', 'ListQueueTags', 'SetQueueAttributes', 'TagQueue', 'UntagQueue'].map((action) => `sqs:${action}`), on: named('sqs') },
  ] },
  'AWS::SQS::QueuePolicy': { group: 'Compute', rights: [{ actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SetQueueAttributes'], on: named('sqs') }] },

  'AWS::SSM::Parameter': { group: 'Compute', rights: [
    { actions: ['AddTagsToResource', 'DeleteParameter', 'GetParameters', 'ListTagsForResource', 'PutParameter', 'RemoveTagsFromResource'].map((action) => `ssm:${action}`), on: here('ssm', 'parameter/dlp/{name}/*') },
    { actions: ['ssm:DescribeParameters'], on: ALL },
  ] },

  // The name of a state machine begins with its logical id.
  'AWS::StepFunctions::StateMachine': { group: 'Compute', passesRoleTo: ['states.amazonaws.com'], rights: [
    { actions: ['CreateStateMachine', 'DeleteStateMachine', 'DescribeStateMachine', 'ListTagsForResource', 'TagResource', 'UntagResource', 'UpdateStateMachine'].map((action) => `states:${action}`), on: here('states', 'stateMachine:{title}Etl*') },
  ] },

  // Custom::MartMigrations and the like: CloudFormation calls a function of the lake.
  'Custom::*': { group: 'Compute', rights: [{ actions: ['lambda:InvokeFunction'], on: named('lambda', 'function:') }] },
};

// Holds the policies of `dlp bootstrap --policy least` against what CloudFormation itself says that it needs: the handlers'
// permissions in its resource schemas (CloudformationSchema.zip, which AWS publishes for each Region), unpacked in a directory.
//   dlp bootstrap --env prod --show-policy --json | node scripts/judging/execution-policy.mjs <directory of schemas> [type…]
// Ends with 1 when a permission is neither allowed nor left out on purpose. Knows actions only: schemas name no resources.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const LISTING = 'lists of everything: CloudFormation calls them for imports and scans, not for stacks';
/** Permissions that the templates never make CloudFormation use, and why. */
const LEFT_OUT = [
  [/^AWS::.*/, /^iam:(AttachUserPolicy|AttachGroupPolicy|DetachUserPolicy|DetachGroupPolicy)$/, 'policies of the lake belong to roles'],
  [/^AWS::ApiGateway::RestApi$/, /^s3:GetObject$|^iam:PassRole$/, 'no API is read from S3 or passes a role'],
  [/^AWS::ApiGateway::Method$/, /^iam:PassRole$/, 'no integration has a role'],
  [/^AWS::Athena::WorkGroup$/, /^iam:(PassRole|CreateServiceLinkedRole)$/, 'the workgroup runs SQL, not Spark'],
  [/^AWS::EC2::FlowLog$/, /^s3:|^iam:/, 'logs go to CloudWatch; the role is passed by a statement of its own'],
  [/^AWS::EC2::EIP$/, /^ec2:AcceptAddressTransfer$/, 'addresses are not transferred'],
  [/^AWS::EC2::VPC$/, /^ec2:CreateVpcEncryptionControl$/, 'no encryption control'],
  [/^AWS::EC2::VPCEndpoint$/, /^vpc-lattice:|^vpce:/, 'endpoints of AWS services, in one Region'],
  [/^AWS::EC2::VPCGatewayAttachment$/, /^ec2:(Attach|Detach)VpnGateway$/, 'no VPN'],
  [/^AWS::Glue::Database$/, /^glue:(PassConnection|(Create|Get|Update|Delete)Connection)$/, 'not a federated database'],
  [/^AWS::Lambda::Function$/, /^elasticfilesystem:|^s3files:|CodeSigningConfig$|GetLayerVersion$|PassCapacityProvider$/, 'no file system, no signing, no layer, no capacity provider'],
  [/^AWS::Logs::LogGroup$/, /^s3:REST|^firehose:/, 'deliveries are not made by the log group'],
  [/^AWS::RDS::/, /^rds:(AddRole|RemoveRole|CreateDBInstanceReadReplica|PromoteReadReplica|St(art|op)DBInstanceAutomatedBackupsReplication|RemoveFromGlobalCluster)/, 'no role for S3 or Lambda, no replica of an instance, no copies in other Regions, no global cluster'],
  [/^AWS::RDS::/, /^iam:ListRoles$/, LISTING],
  [/^AWS::S3::Bucket$/, /Website$|CORS$|Cors$|Replication|MetadataTable|^s3tables:|^s3:(PutObjectAcl|DeleteObject)$|^iam:PassRole$/, 'no website, CORS, replication or metadata table; objects are not CloudFormation\'s'],
  [/^AWS::S3::Bucket$/, /^s3:(DeleteBucket(Analytics|Metrics)Configuration|DeleteBucket(Encryption|Lifecycle|Tagging)|PutBucketObjectLockConfiguration|PutObjectLockConfiguration)$/, 'no such action in IAM: the permission to put also deletes'],
  [/^AWS::SNS::/, /^iam:(GetRole|PassRole)$/, 'no delivery log, no stream as subscriber'],
  [/^AWS::StepFunctions::StateMachine$/, /^s3:GetObject$/, 'definitions are in the template'],
];

const directory = process.argv[2];
if (!directory) throw new Error('give the directory of the schemas');
const { result } = JSON.parse(await text(process.stdin));
const allowed = new Set(result.environments.flatMap(({ policies }) => policies).flatMap(({ document }) => document.Statement).flatMap(({ Action }) => Action).map((action) => action.toLowerCase()));

let checked = 0;
const missing = [];
const leftOut = new Map();
for (const file of (await readdir(directory)).filter((name) => name.endsWith('.json')).sort()) {
  const { typeName, handlers = {}, tagging = {} } = JSON.parse(await readFile(path.join(directory, file), 'utf8'));
  if (process.argv.length > 3 && !process.argv.slice(3).includes(typeName)) continue;
  const needed = new Set([...['create', 'read', 'update', 'delete'].flatMap((verb) => handlers[verb]?.permissions ?? []), ...tagging.permissions ?? []]);
  for (const action of needed) {
    checked += 1;
    if (allowed.has(action.toLowerCase())) continue;
    const reason = LEFT_OUT.find(([type, pattern]) => type.test(typeName) && pattern.test(action))?.[2];
    if (reason) leftOut.set(`${typeName} ${action}`, reason);
    else missing.push(`${typeName} ${action}`);
  }
}
for (const [what, reason] of leftOut) process.stdout.write(`left out  ${what}: ${reason}\n`);
for (const what of missing) process.stdout.write(`MISSING   ${what}\n`);
process.stdout.write(`${checked} permissions: ${checked - missing.length - leftOut.size} allowed, ${leftOut.size} left out on purpose, ${missing.length} missing\n`);
if (checked === 0) throw new Error(`no schema in ${directory}`);
if (missing.length > 0) process.exitCode = 1;

// Grants on a part of a bucket, with the key that encrypts it. The CDK's own `grantRead` allows `s3:GetObject*`, `s3:List*`
// and `kms:ReEncrypt*`; these name each action.
import { aws_iam as iam, type aws_kms as kms, type aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.js';

export interface Zone {
  readonly bucket: s3.IBucket;
  readonly key: kms.IKey;
  /** Key pattern such as `orders/*`; every object when absent. */
  readonly objects?: string;
}

export const READ_ACTIONS = ['s3:GetObject', 's3:GetObjectVersion'];
export const LIST_ACTIONS = ['s3:ListBucket', 's3:GetBucketLocation'];
export const WRITE_ACTIONS = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

export function grantRead(grantee: iam.IGrantable, zone: Zone): void {
  iam.Grant.addToPrincipal({ grantee, actions: LIST_ACTIONS, resourceArns: [zone.bucket.bucketArn] });
  grantObjects(grantee, zone, READ_ACTIONS);
  zone.key.grant(grantee, 'kms:Decrypt');
}

/** Write without read: the grantee may also need `grantRead`. A multipart upload decrypts its own parts, hence `kms:Decrypt`. */
export function grantWrite(grantee: iam.IGrantable, zone: Zone): void {
  grantObjects(grantee, zone, WRITE_ACTIONS);
  zone.key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
}

function grantObjects(grantee: iam.IGrantable, { bucket, objects = '*' }: Zone, actions: string[]): void {
  const arn = bucket.arnForObjects(objects);
  iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [arn] });
  const role = grantee.grantPrincipal;
  if (Construct.isConstruct(role)) acknowledgeWildcards(role, [`Resource::${arn}`], 'The keys of objects below a prefix are not known in advance; bucket and prefix are the limit.');
}

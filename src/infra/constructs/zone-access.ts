// Grants on a part of a bucket, with the key that encrypts it. The CDK's own `grantRead` allows `s3:GetObject*`, `s3:List*`
// and `kms:ReEncrypt*`; these name each action.
import { aws_iam as iam, type aws_kms as kms, type aws_s3 as s3 } from 'aws-cdk-lib';

export interface Zone {
  readonly bucket: s3.IBucket;
  readonly key: kms.IKey;
  /** Key pattern such as `orders/*`; every object when absent. */
  readonly objects?: string;
}

const READ = ['s3:GetObject', 's3:GetObjectVersion'];
const WRITE = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

export function grantRead(grantee: iam.IGrantable, { bucket, key, objects = '*' }: Zone): void {
  iam.Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket', 's3:GetBucketLocation'], resourceArns: [bucket.bucketArn] });
  iam.Grant.addToPrincipal({ grantee, actions: READ, resourceArns: [bucket.arnForObjects(objects)] });
  key.grant(grantee, 'kms:Decrypt');
}

/** Write without read: the grantee may also need `grantRead`. A multipart upload decrypts its own parts, hence `kms:Decrypt`. */
export function grantWrite(grantee: iam.IGrantable, { bucket, key, objects = '*' }: Zone): void {
  iam.Grant.addToPrincipal({ grantee, actions: WRITE, resourceArns: [bucket.arnForObjects(objects)] });
  key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
}

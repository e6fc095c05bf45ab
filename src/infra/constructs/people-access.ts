// Lets people's roles use what a stack makes. A policy of that stack: the roles are of an earlier one, and a grant of the
// CDK would be written there and name what comes later, in a circle.
import { aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export interface PeopleAccessProps {
  readonly roles: readonly iam.IRole[];
  /** Resources by action. */
  readonly allow: Readonly<Record<string, readonly string[]>>;
  readonly description: string;
}

export class PeopleAccess extends iam.ManagedPolicy {
  constructor(scope: Construct, id: string, { roles, allow, description }: PeopleAccessProps) {
    super(scope, id, { description, roles: [...roles], statements: Object.entries(allow).map(([action, resources]) => new iam.PolicyStatement({ actions: [action], resources: [...resources] })) });
  }
}

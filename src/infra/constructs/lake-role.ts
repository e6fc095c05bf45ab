// A role whose grants become one managed policy of its own. The CDK's Role would make an inline policy of them, which
// cannot be listed, versioned or reviewed by itself.
import { aws_iam as iam } from 'aws-cdk-lib';
import { Dependable, type Construct } from 'constructs';

export class LakeRole extends iam.Role {
  constructor(scope: Construct, id: string, props: iam.RoleProps) {
    super(scope, id, props);
    // Who depends on the role waits for its grants. They name the role, so naming it once more would only repeat that.
    const granted = () => this.node.tryFindChild('Grants') ?? this;
    Dependable.implement(this, { get dependencyRoots() { return [granted()]; } });
  }

  override addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const policy = this.ownPolicy;
    policy.addStatements(statement);
    return { statementAdded: true, policyDependable: policy };
  }

  /** The policy that holds every grant; made when first asked for, since a policy without statements is not deployable. */
  get ownPolicy(): iam.ManagedPolicy {
    return (this.node.tryFindChild('Grants') as iam.ManagedPolicy | undefined)
      ?? new iam.ManagedPolicy(this, 'Grants', { roles: [this], description: `Grants of ${this.node.path}` });
  }
}

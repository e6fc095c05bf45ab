// The base of every stack: its names, its account and Region, its protection and its outputs. Tags are not set here
// but on the Stage, whose children inherit them.
import { CfnOutput, DefaultStackSynthesizer, Fn, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../../core/environment.js';
import { stackId, stackName, type StackShortName } from '../../core/names.js';

export interface LakeStackProps {
  readonly environment: Environment;
  readonly description: string;
}

export abstract class LakeStack extends Stack {
  private readonly zones: number;

  constructor(scope: Construct, short: StackShortName, { environment, description }: LakeStackProps) {
    super(scope, stackId(environment, short), {
      stackName: stackName(environment, short),
      description,
      env: { account: environment.account, region: environment.region },
      terminationProtection: environment.protect,
      synthesizer: new DefaultStackSynthesizer({ qualifier: environment.bootstrap.qualifier }),
    });
    this.zones = environment.network.zones;
  }

  /** The Region's first zones, chosen at deployment: a lookup at synthesis would need an account, fixed names would tie the template to it. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.zones }, (_, i) => Fn.select(i, Fn.getAzs()));
  }

  /** Stack outputs that readers outside the app look up by key (docs/contracts.md §1). */
  protected publish(outputs: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(outputs)) new CfnOutput(this, key, { value }).overrideLogicalId(key);
  }
}

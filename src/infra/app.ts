// The CDK app: environments and jobs in, an App out. Reads no file, flag or variable; whoever calls it has checked everything.
import { App } from 'aws-cdk-lib';
import type { Environment } from '../core/environment.js';
import type { Job } from '../core/job.js';
import { FEATURE_FLAGS } from './feature-flags.js';
import { DataLakeStage } from './stage.js';

export interface AppOptions {
  readonly environments: readonly Environment[];
  readonly jobs: readonly Job[];
  /** @default a temporary directory, or what the stock CDK CLI asks for */
  readonly outdir?: string;
  /** Check the templates against CloudFormation's own rules: 2 to 4 seconds, once per process. */
  readonly validate?: boolean;
}

export function buildApp({ environments, jobs, outdir, validate = false }: AppOptions): App {
  const app = new App({
    outdir,
    // After the CLI's context, so that no cdk.json elsewhere can change what is deployed.
    postCliContext: FEATURE_FLAGS,
    builtinCloudFormationValidation: validate,
    analyticsReporting: false,
    treeMetadata: false,
    stackTraces: false,
  });
  for (const environment of environments) new DataLakeStage(app, environment, jobs);
  return app;
}

// The composition root: from flags to the things an operation needs. The only place that makes adapters, and the only
// one besides bin/ that looks at the process (working directory, environment variables).
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { withProfile, type Environment } from '../core/environment.js';
import type { LakeTemplates } from '../core/execution-policy.js';
import type { Job } from '../core/job.js';
import type { DeployedStacks, Engine, Executions, Functions, GoldQuery, Identity, Landing, Templates } from '../core/ports.js';
import type { BootstrapTarget } from '../operations/bootstrap-environments.js';
import { environmentOf, loadJobs, loadWorkspace, type Workspace } from '../workspace/load.js';

/** Where dlp itself is installed; templates, the shared ETL code and the local cloud's parts lie below. */
export const INSTALLATION = fileURLToPath(new URL('../..', import.meta.url));

export async function openWorkspace(): Promise<Workspace> {
  return loadWorkspace(process.cwd());
}

export function workingDirectory(): string {
  return process.cwd();
}

export interface LakeContext {
  readonly workspace: Workspace;
  readonly environment: Environment;
  jobs(): Promise<readonly Job[]>;
  templates(): Promise<Templates & LakeTemplates>;
  engine(): Promise<{ templates: Templates; engine: Engine }>;
  bootstrap(): Promise<BootstrapTarget>;
  readers(): Promise<{ identity: Identity; stacks: DeployedStacks; functions: Functions; landing: Landing; executions: Executions; gold: GoldQuery }>;
}

/** What `--env` and `--profile` say. */
export interface EnvironmentChoice { readonly env: string; readonly profile?: string }

export async function openContext({ env, profile }: EnvironmentChoice): Promise<LakeContext> {
  const workspace = await openWorkspace();
  const environment = withProfile(environmentOf(workspace, env), profile);
  const jobs = () => loadJobs(workspace);
  const templates = async () => {
    const [{ CdkTemplates }, all] = await Promise.all([import('../aws/templates.js'), jobs()]);
    return new CdkTemplates(environment, all);
  };
  return {
    workspace,
    environment,
    jobs,
    templates,
    async engine() {
      const [{ CdkEngine }, made] = await Promise.all([import('../aws/engine.js'), templates()]);
      return { templates: made, engine: new CdkEngine({ environment, templates: made, cacheDirectory: path.join(workspace.directory, '.dlp', 'cdk') }) };
    },
    async bootstrap() {
      const [{ AwsBootstrapAccount }, { CloudFormationPlainStacks }, { CdkEngine }, { StsIdentity }, clients, made] = await Promise.all([
        import('../aws/bootstrap-account.js'), import('../aws/plain-stacks.js'), import('../aws/engine.js'), import('../aws/identity.js'), import('../aws/clients.js'), templates(),
      ]);
      const settings = clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'] });
      const engine = new CdkEngine({ environment, templates: made, cacheDirectory: path.join(workspace.directory, '.dlp', 'cdk') });
      return { environment, identity: new StsIdentity(settings), account: new AwsBootstrapAccount(settings), engine, stacks: new CloudFormationPlainStacks(settings), templates: made };
    },
    async readers() {
      const [clients, identity, stacks, functions, landing, executions, gold] = await Promise.all([
        import('../aws/clients.js'), import('../aws/identity.js'), import('../aws/deployed-stacks.js'),
        import('../aws/functions.js'), import('../aws/landing.js'), import('../aws/executions.js'), import('../aws/gold-query.js'),
      ]);
      const settings = clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'] });
      return {
        identity: new identity.StsIdentity(settings),
        stacks: new stacks.CloudFormationStacks(environment, settings),
        functions: new functions.LambdaFunctions(settings),
        landing: new landing.S3Landing(settings),
        executions: new executions.StepFunctionsExecutions(settings),
        gold: new gold.AthenaGoldQuery(settings),
      };
    },
  };
}

/** The local cloud of the workspace. @throws ENVIRONMENT_UNKNOWN when dlp.yaml has no environment `local` */
export async function openLocalCloud() {
  const workspace = await openWorkspace();
  const environment = environmentOf(workspace, 'local');
  const [{ LocalCloud }, { localCloudSettings }] = await Promise.all([import('../local/cloud.js'), import('../local/settings.js')]);
  return new LocalCloud(localCloudSettings({ environment, workspace: workspace.directory, installation: INSTALLATION, node: process.execPath, env: process.env }));
}

export async function openJobTests() {
  const { PytestJobTests } = await import('../local/job-tests.js');
  return new PytestJobTests(INSTALLATION, process.env);
}

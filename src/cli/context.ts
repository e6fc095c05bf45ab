// The composition root: from flags to the things an operation needs. Only this file, reach.ts and status-context.ts make
// adapters; only this one and reach.ts look at the process (working directory, environment variables).
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import type { ClientSettings } from '../aws/clients.js';
import type { CdkTemplates } from '../aws/templates.js';
import { withProfile, type Environment } from '../core/environment.js';
import type { LakeTemplates } from '../core/execution-policy.js';
import type { Job } from '../core/job.js';
import type { DeployPorts } from '../operations/deploy-lake.js';
import type { DeployedStacks, Engine, Executions, Functions, GoldQuery, Identity, Landing, Templates } from '../core/ports.js';
import type { SecretStore } from '../core/secrets.js';
import type { BootstrapTarget } from '../operations/bootstrap-environments.js';
import { terminalInterrupts } from './interrupts.js';
import { environmentOf, loadJobs, loadWorkspace, type Workspace } from '../workspace/load.js';
import { NOBODY, signIn } from './reach.js';

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
  /**
   * How clients of the AWS SDK reach the environment: every method here that reaches AWS begins with it. Has a person sign
   * in, where there is one and an SSO token is missing or about to end; elsewhere the first call to AWS ends with LOGIN_NEEDED.
   */
  signedIn(): Promise<ClientSettings>;
  /** What a plan and its deployment need. */
  deployment(): Promise<Omit<DeployPorts, 'emit'>>;
  bootstrap(): Promise<BootstrapTarget>;
  readers(): Promise<{ identity: Identity; stacks: DeployedStacks; functions: Functions; landing: Landing; executions: Executions; gold: GoldQuery }>;
  secrets(): Promise<SecretStore>;
}

/** What `--env` and `--profile` say. */
export interface EnvironmentChoice { readonly env: string; readonly profile?: string }

export async function openContext({ env, profile }: EnvironmentChoice, people = NOBODY): Promise<LakeContext> {
  const workspace = await openWorkspace();
  const environment = withProfile(environmentOf(workspace, env), profile);
  const jobs = () => loadJobs(workspace);
  const templates = async () => {
    const [{ CdkTemplates }, all] = await Promise.all([import('../aws/templates.js'), jobs()]);
    return new CdkTemplates(environment, all);
  };
  let settings: Promise<ClientSettings> | undefined;
  const signedIn = () => (settings ??= signIn(environment, people));
  const cdkEngine = async (made: CdkTemplates) => {
    const [settings, { CdkEngine }, { pollMilliseconds }, { StsIdentity }] = await Promise.all([signedIn(), import('../aws/engine.js'), import('../aws/clients.js'), import('../aws/identity.js')]);
    return new CdkEngine({ environment, templates: made, pollMs: pollMilliseconds(settings), credentials: settings.credentials, identity: new StsIdentity(settings), cacheDirectory: path.join(workspace.directory, '.dlp', 'cdk') });
  };
  const context: LakeContext = {
    workspace,
    environment,
    jobs,
    templates,
    signedIn,
    async engine() {
      // First, since loading the CDK takes seconds and a person may be waiting for the browser.
      await signedIn();
      const made = await templates();
      // The toolkit takes a second to load, which a plan or a refusal need not pay.
      const engine = lazily(() => cdkEngine(made));
      return { templates: made, engine };
    },
    async deployment() {
      const settings = await signedIn();
      const [cdk, { identity, stacks }, clients, { CdkTemplateDiffer }, { CloudFormationControl }, { SsmDeployJournal }, { AwsBootstrapAccount }, { WorkspaceGit }, { thisMachine }] = await Promise.all([
        context.engine(), context.readers(), import('../aws/clients.js'), import('../aws/template-diff.js'), import('../aws/stack-control.js'),
        import('../aws/deploy-journal.js'), import('../aws/bootstrap-account.js'), import('../workspace/git.js'), import('../local/process-table.js'),
      ]);
      return {
        environment, identity, stacks, ...cdk,
        differ: new CdkTemplateDiffer(),
        control: new CloudFormationControl(settings, { pollMs: clients.pollMilliseconds(settings) }),
        journal: new SsmDeployJournal(environment.name, settings),
        account: new AwsBootstrapAccount(settings),
        git: new WorkspaceGit(workspace.directory),
        processes: thisMachine(),
        interrupts: terminalInterrupts,
      };
    },
    async secrets() {
      const [settings, { SecretsManagerStore }] = await Promise.all([signedIn(), import('../aws/secret-store.js')]);
      return new SecretsManagerStore(settings);
    },
    async bootstrap() {
      const settings = await signedIn();
      const [{ AwsBootstrapAccount }, { CloudFormationPlainStacks }, { StsIdentity }, made] = await Promise.all([
        import('../aws/bootstrap-account.js'), import('../aws/plain-stacks.js'), import('../aws/identity.js'), templates(),
      ]);
      return { environment, identity: new StsIdentity(settings), account: new AwsBootstrapAccount(settings), engine: await cdkEngine(made), stacks: new CloudFormationPlainStacks(settings), templates: made };
    },
    async readers() {
      const [settings, identity, stacks, functions, landing, executions, gold] = await Promise.all([
        signedIn(), import('../aws/identity.js'), import('../aws/deployed-stacks.js'),
        import('../aws/functions.js'), import('../aws/landing.js'), import('../aws/executions.js'), import('../aws/gold-query.js'),
      ]);
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
  return context;
}

function lazily(make: () => Promise<Engine>): Engine {
  let made: Promise<Engine> | undefined;
  const engine = () => made ??= make();
  return {
    bootstrap: async (...given) => (await engine()).bootstrap(...given),
    deploy: async (options) => (await engine()).deploy(options),
    destroy: async (...given) => (await engine()).destroy(...given),
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

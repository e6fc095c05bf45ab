// The composition root: from flags to the things an operation needs. The only place that makes adapters, and the only
// one besides bin/ that looks at the process (working directory, environment variables).
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { withProfile, type Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { DeployPorts } from '../operations/deploy-lake.js';
import type { DeployedStacks, Engine, Executions, Functions, GoldQuery, Identity, Landing, Templates } from '../core/ports.js';
import type { SecretStore } from '../core/secrets.js';
import type { StatusTarget } from '../core/status.js';
import { terminalInterrupts } from './interrupts.js';
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
  templates(): Promise<Templates>;
  engine(): Promise<{ templates: Templates; engine: Engine }>;
  /** What a plan and its deployment need. */
  deployment(): Promise<Omit<DeployPorts, 'emit'>>;
  readers(): Promise<{ identity: Identity; stacks: DeployedStacks; functions: Functions; landing: Landing; executions: Executions; gold: GoldQuery }>;
  secrets(): Promise<SecretStore>;
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
  const context: LakeContext = {
    workspace,
    environment,
    jobs,
    templates,
    async engine() {
      const [made, clients] = await Promise.all([templates(), import('../aws/clients.js')]);
      const pollMs = clients.pollMilliseconds(clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'] }));
      // The toolkit takes a second to load, which a plan or a refusal need not pay.
      const engine = lazily(async () => new (await import('../aws/engine.js')).CdkEngine({ environment, templates: made, pollMs, cacheDirectory: path.join(workspace.directory, '.dlp', 'cdk') }));
      return { templates: made, engine };
    },
    async deployment() {
      const [cdk, { identity, stacks }, clients, { CdkTemplateDiffer }, { CloudFormationControl }, { SsmDeployJournal }, { BootstrapAccess }, { WorkspaceGit }, { thisMachine }] = await Promise.all([
        context.engine(), context.readers(), import('../aws/clients.js'), import('../aws/template-diff.js'), import('../aws/stack-control.js'),
        import('../aws/deploy-journal.js'), import('../aws/deploy-access.js'), import('../workspace/git.js'), import('../local/process-table.js'),
      ]);
      const settings = clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'] });
      return {
        environment, identity, stacks, ...cdk,
        differ: new CdkTemplateDiffer(),
        control: new CloudFormationControl(settings, { pollMs: clients.pollMilliseconds(settings) }),
        journal: new SsmDeployJournal(environment.name, settings),
        access: new BootstrapAccess('hnb659fds', settings),
        git: new WorkspaceGit(workspace.directory),
        processes: thisMachine(),
        interrupts: terminalInterrupts,
      };
    },
    async secrets() {
      const [clients, { SecretsManagerStore }] = await Promise.all([import('../aws/clients.js'), import('../aws/secret-store.js')]);
      return new SecretsManagerStore(clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'] }));
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

/**
 * What `dlp status` reads each environment through: those that are named, or else all of dlp.yaml. Signs nobody in.
 * @throws ENVIRONMENT_UNKNOWN, and FLAG_INVALID for a profile that would have to be that of several environments
 */
export async function openStatus({ envs, profile }: { readonly envs: readonly string[]; readonly profile?: string }): Promise<readonly StatusTarget[]> {
  const workspace = await openWorkspace();
  const named = [...new Set(envs)].map((env) => environmentOf(workspace, env));
  if (profile !== undefined && named.length !== 1) {
    throw new DlpError('FLAG_INVALID', `--profile "${profile}" is for one environment, not for ${named.length === 0 ? 'all' : named.length}`, { hint: 'name one with --env' });
  }
  const chosen = named.length > 0 ? named.map((environment) => withProfile(environment, profile)) : workspace.environments;
  return Promise.all(chosen.map(async (environment) => ({ environment, named: named.length > 0, ports: await statusPorts(environment, workspace) })));
}

/** The one place where the parts of `dlp status` are plugged in. Only `code` loads the CDK, and only when it is called. */
async function statusPorts(environment: Environment, workspace: Workspace): Promise<StatusTarget['ports']> {
  const [clients, patient, identity, stacks, functions, parameters, events, drift, alarms, secrets] = await Promise.all([
    import('../aws/clients.js'), import('../aws/patient-clients.js'), import('../aws/identity.js'), import('../aws/deployed-stacks.js'), import('../aws/functions.js'),
    import('../aws/parameters.js'), import('../aws/stack-events.js'), import('../aws/drift.js'), import('../aws/alarms.js'), import('../aws/secret-store.js'),
  ]);
  const { settings, credentials, close } = patient.patientSettings(clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'] }));
  return {
    identity: new identity.StsIdentity(settings),
    credentials,
    stacks: new stacks.CloudFormationStacks(environment, settings),
    functions: new functions.LambdaFunctions(settings),
    parameters: new parameters.SsmParameters(settings),
    events: new events.CloudFormationStackEvents(settings),
    drift: new drift.CloudFormationDrift(settings),
    alarms: new alarms.CloudWatchAlarms(settings),
    secrets: new secrets.SecretsManagerStore(settings),
    code: async () => {
      const [{ CdkTemplates }, jobs] = await Promise.all([import('../aws/templates.js'), loadJobs(workspace)]);
      return new CdkTemplates(environment, jobs);
    },
    close,
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

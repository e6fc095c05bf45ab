// The composition root: from flags to the things an operation needs. The only place that makes adapters, and the only
// one besides bin/ that looks at the process (working directory, environment variables).
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import type { ClientSettings } from '../aws/clients.js';
import { loginHint, type CredentialSource } from '../core/credentials.js';
import { withProfile, type Environment } from '../core/environment.js';
import type { Emit } from '../core/events.js';
import type { Job } from '../core/job.js';
import type { DeployedStacks, Engine, Executions, Functions, GoldQuery, Identity, Landing, Templates } from '../core/ports.js';
import type { SsoSignIn } from '../core/sso.js';
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
  /**
   * How clients of the AWS SDK reach the environment: every method here that reaches AWS begins with it. Has a person sign
   * in, where there is one and an SSO token is missing or about to end; elsewhere the first call to AWS ends with LOGIN_NEEDED.
   */
  signedIn(): Promise<ClientSettings>;
  readers(): Promise<{ identity: Identity; stacks: DeployedStacks; functions: Functions; landing: Landing; executions: Executions; gold: GoldQuery }>;
}

/** What `--env` and `--profile` say. */
export interface EnvironmentChoice { readonly env: string; readonly profile?: string }

/** Whether a person may be asked to sign in, and how it is shown. */
export interface People { readonly present: boolean; readonly emit: Emit }
const NOBODY: People = { present: false, emit: () => undefined };

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
  return {
    workspace,
    environment,
    jobs,
    templates,
    signedIn,
    async engine() {
      // First, since loading the CDK takes seconds and a person is waiting for the browser.
      const { credentials } = await signedIn();
      const [{ CdkEngine }, made] = await Promise.all([import('../aws/engine.js'), templates()]);
      return { templates: made, engine: new CdkEngine({ environment, templates: made, credentials, cacheDirectory: path.join(workspace.directory, '.dlp', 'cdk') }) };
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
}

async function signIn(environment: Environment, { present, emit }: People): Promise<ClientSettings> {
  const { settings, sso } = await reach(environment, emit);
  const session = settings.source.sso;
  if (session && present) await sso.ensure(session, { person: { device: false, openBrowser: true }, emit, hint: loginHint(environment) });
  return settings;
}

/** The same, with nobody being asked. */
async function reach(environment: Environment, emit = NOBODY.emit) {
  const [clients, { openCredentials }, { IdentityCenter }] = await Promise.all([import('../aws/clients.js'), import('../aws/credentials.js'), import('../aws/sso/sign-in.js')]);
  const sso = new IdentityCenter();
  const credentials = await openCredentials(environment, { variables: process.env, sso, emit });
  return { settings: clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'], credentials }), sso };
}

/** For `dlp login`: the credentials of an environment, and what signs in to them. */
export interface SignInAccess { readonly source: CredentialSource; readonly identity: Identity; readonly sso: SsoSignIn }
export interface SignInAccount { readonly environment: Environment; open(): Promise<SignInAccess> }

/** The environment that is named, or all of dlp.yaml. */
export async function openSignIns({ env, profile }: Partial<EnvironmentChoice>): Promise<readonly SignInAccount[]> {
  const workspace = await openWorkspace();
  const chosen = env === undefined ? workspace.environments : [environmentOf(workspace, env)];
  return chosen.map((plain) => {
    // For all at once the profile cannot mean the local cloud, which has none.
    const environment = plain.local && env === undefined ? plain : withProfile(plain, profile);
    return {
      environment,
      async open() {
        const [{ settings, sso }, { StsIdentity }] = await Promise.all([reach(environment), import('../aws/identity.js')]);
        return { source: settings.source, identity: new StsIdentity(settings), sso };
      },
    };
  });
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

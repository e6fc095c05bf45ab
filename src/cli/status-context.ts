// What `dlp status` reads each environment through. One of the places that make adapters.
import { withProfile, type Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { StatusTarget } from '../core/status.js';
import { environmentOf, loadJobs, type Workspace } from '../workspace/load.js';
import { reach } from './reach.js';

/**
 * What `dlp status` reads each environment through: those that are named, or else all of dlp.yaml. Signs nobody in.
 * @throws ENVIRONMENT_UNKNOWN, and FLAG_INVALID for a profile that would have to be that of several environments
 */
export async function openStatus(workspace: Workspace, { envs, profile }: { readonly envs: readonly string[]; readonly profile?: string }): Promise<readonly StatusTarget[]> {
  const named = [...new Set(envs)].map((env) => environmentOf(workspace, env));
  if (profile !== undefined && named.length !== 1) {
    throw new DlpError('FLAG_INVALID', `--profile "${profile}" is for one environment, not for ${named.length === 0 ? 'all' : named.length}`, { hint: 'name one with --env' });
  }
  const chosen = named.length > 0 ? named.map((environment) => withProfile(environment, profile)) : workspace.environments;
  return Promise.all(chosen.map(async (environment) => ({ environment, named: named.length > 0, ports: await statusPorts(environment, workspace) })));
}

/** The one place where the parts of `dlp status` are plugged in. Only `code` loads the CDK, and only when it is called. */
async function statusPorts(environment: Environment, workspace: Workspace): Promise<StatusTarget['ports']> {
  const [reached, patient, identity, stacks, functions, parameters, events, drift, alarms, secrets] = await Promise.all([
    reach(environment), import('../aws/patient-clients.js'), import('../aws/identity.js'), import('../aws/deployed-stacks.js'), import('../aws/functions.js'),
    import('../aws/parameters.js'), import('../aws/stack-events.js'), import('../aws/drift.js'), import('../aws/alarms.js'), import('../aws/secret-store.js'),
  ]);
  const { settings, credentials, close } = patient.patientSettings(reached.settings);
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

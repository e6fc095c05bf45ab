// How an environment is reached: where its credentials come from, and who signs in. One of the places that make adapters.
import type { ClientSettings } from '../aws/clients.js';
import { loginHint } from '../core/credentials.js';
import { withProfile, type Environment } from '../core/environment.js';
import type { Emit } from '../core/events.js';
import type { SignInAccount } from '../operations/sign-in.js';
import { environmentOf, type Workspace } from '../workspace/load.js';

/** Whether a person may be asked to sign in, and how it is shown. */
export interface People { readonly present: boolean; readonly emit: Emit }
export const NOBODY: People = { present: false, emit: () => undefined };

/** How clients reach the environment; has a person sign in where there is one and an SSO token is missing or about to end. */
export async function signIn(environment: Environment, { present, emit }: People): Promise<ClientSettings> {
  const { settings, sso } = await reach(environment, emit);
  const session = settings.source.sso;
  if (session && present) await sso.ensure(session, { person: { device: false, openBrowser: true }, emit, hint: loginHint(environment) });
  return settings;
}

/** The same, with nobody being asked. */
export async function reach(environment: Environment, emit = NOBODY.emit) {
  const [clients, { openCredentials }, { IdentityCenter }] = await Promise.all([import('../aws/clients.js'), import('../aws/credentials.js'), import('../aws/sso/sign-in.js')]);
  const sso = new IdentityCenter();
  const credentials = await openCredentials(environment, { variables: process.env, sso, emit });
  return { settings: clients.clientSettings(environment, { endpoint: process.env['AWS_ENDPOINT_URL'], credentials }), sso };
}

/** For `dlp login`: the environment that is named, or all of dlp.yaml, with its credentials and what signs in to them. */
export function openSignIns(workspace: Workspace, { env, profile }: { readonly env?: string; readonly profile?: string }): readonly SignInAccount[] {
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

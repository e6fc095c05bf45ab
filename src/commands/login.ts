import { Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import { openWorkspace } from '../cli/context.js';
import { openSignIns } from '../cli/reach.js';
import { DlpError } from '../core/errors.js';
import { table } from '../cli/table.js';
import type { SignInReport, SignInResult } from '../operations/sign-in.js';

export default class Login extends LakeCommand<SignInResult> {
  static override summary = 'Sign in to an environment';
  static override description = `Signs in to IAM Identity Center (SSO) in the browser, and keeps the token where the AWS CLI, the SDKs and the CDK look for it (~/.aws/sso/cache). Then asks AWS whose credentials they are, and compares the account with dlp.yaml. Changes nothing in an account.
Other commands sign in by themselves when they need to, on a terminal; elsewhere they end with LOGIN_NEEDED.
Credentials come from the first of: --profile; the profile of dlp.yaml, where this machine has it; AWS_ACCESS_KEY_ID, web identity (AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN) or a container's; sso of dlp.yaml; AWS_PROFILE or the default profile; the machine's own role. Whatever it is, its account must be the environment's.
--status asks nobody and ends with 0 whatever it finds; it renews a token where that needs no person.`;
  static override examples = [
    '<%= config.bin %> login --env dev',
    { description: 'on a machine without a browser: confirm a code on any other', command: '<%= config.bin %> login --env dev --device --no-browser' },
    { description: 'who each environment would be used as', command: '<%= config.bin %> login --status' },
  ];
  static override flags = {
    env: Flags.string({ ...environmentFlags.env, required: false, summary: 'environment of dlp.yaml: local, dev, test or prod; with --status all when left out' }),
    profile: environmentFlags.profile,
    status: Flags.boolean({ summary: 'only say who the credentials are and until when', env: 'DLP_LOGIN_STATUS', default: false, exclusive: ['device', 'force', 'no-browser'] }),
    device: Flags.boolean({ summary: 'confirm a code on any device, instead of the browser of this machine', env: 'DLP_LOGIN_DEVICE', default: false }),
    'no-browser': Flags.boolean({ summary: 'print the address instead of opening it; works without a terminal', env: 'DLP_LOGIN_NO_BROWSER', default: false }),
    force: Flags.boolean({ summary: 'sign in again, also when there is a valid token', env: 'DLP_LOGIN_FORCE', default: false }),
  };

  protected async execute(): Promise<SignInResult> {
    const { flags } = await this.parse(Login);
    const [{ readSignIns, signIn }, workspace] = await Promise.all([import('../operations/sign-in.js'), openWorkspace()]);
    const accounts = openSignIns(workspace, flags);
    if (flags.env === undefined && !flags.status) throw new DlpError('FLAG_INVALID', 'no environment was named', { hint: 'add --env <name>, or --status for all' });
    if (flags.status) return readSignIns(accounts);
    const person = this.canAsk || flags['no-browser'] ? { device: flags.device, openBrowser: !flags['no-browser'] } : undefined;
    return signIn({ account: accounts[0]!, person, force: flags.force, emit: this.emit });
  }

  protected render({ environments }: SignInResult): string {
    const rows = environments.map((of) => [of.environment, of.profile, of.credentials, of.account ?? of.expectedAccount, of.role, of.expiresAt, of.state]);
    return [table(['environment', 'profile', 'credentials', 'account', 'role', 'until', 'state'], rows), ...environments.flatMap(noteOf)].join('\n');
  }
}

function noteOf({ environment, note }: SignInReport): string[] {
  return note === null ? [] : [`${environment}: ${note}`];
}

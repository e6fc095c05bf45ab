import { Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import { workingDirectory } from '../cli/context.js';
import { askYesNo } from '../cli/prompt.js';
import { renderConfigured, renderReport } from '../cli/render-secrets.js';
import { openSecretInput } from '../cli/secret-input.js';
import { EXIT_CODES } from '../core/errors.js';
import type { SecretsReport } from '../operations/check-secrets.js';
import type { ConfigureSecretsResult } from '../operations/configure-secrets.js';

export default class ConfigureSecrets extends LakeCommand<ConfigureSecretsResult | SecretsReport> {
  static override summary = "Set the secrets that dlp.yaml declares, or check them";
  static override description = `On a terminal it asks for each secret, with what you type hidden; Enter leaves one as it is. Elsewhere a value comes from standard input or a file. A value is never an argument: others on the machine could read it.
Creates or updates dlp/<env>/<name> in Secrets Manager, under the lake's own key; description and tags follow dlp.yaml. A secret in its deletion window is restored. The value before stays as AWSPREVIOUS.
First compares the account of the credentials with dlp.yaml, and shows what it will do. In test and prod it asks, or wants --yes.
--check changes nothing and reads no value; it ends with 1 when a secret is missing, being deleted or too old.`;
  static override examples = [
    '<%= config.bin %> configure-secrets --env dev',
    { description: 'from a password manager', command: 'pass show github | <%= config.bin %> configure-secrets --env dev --from-stdin github-token' },
    { description: 'a new value for one secret', command: '<%= config.bin %> configure-secrets --env prod --rotate github-token' },
    '<%= config.bin %> configure-secrets --env prod --check --json',
  ];
  // Words that are no flags may be a value in the wrong place, and oclif would repeat them: chooseSecrets refuses them.
  static override strict = false;
  static override flags = {
    ...environmentFlags,
    'from-stdin': Flags.string({ summary: 'read the value of this secret from standard input; a line end at its end is cut', env: 'DLP_FROM_STDIN', helpValue: 'NAME', multiple: true, multipleNonGreedy: true }),
    'from-file': Flags.string({ summary: 'read the value of a secret from a file; can be given for several', env: 'DLP_FROM_FILE', helpValue: 'NAME=PATH', multiple: true, multipleNonGreedy: true }),
    rotate: Flags.string({ summary: 'set a new value for this secret only', env: 'DLP_ROTATE', helpValue: 'NAME' }),
    check: Flags.boolean({ summary: 'show which secrets are set, since when, and which are too old', env: 'DLP_CHECK', default: false }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask', env: 'DLP_YES', default: false }),
  };

  protected async execute(): Promise<ConfigureSecretsResult | SecretsReport> {
    const { flags, argv } = await this.parse(ConfigureSecrets);
    const { environment, readers, secrets } = await this.open(flags);
    const { chooseSecrets } = await import('../operations/choose-secrets.js');
    const chosen = chooseSecrets(environment, { check: flags.check, rotate: flags.rotate, fromStdin: flags['from-stdin'] ?? [], fromFile: flags['from-file'] ?? [], rest: argv as string[] });
    const [{ identity, stacks }, store] = await Promise.all([readers(), secrets()]);
    if (flags.check) {
      const { checkSecretsOfAccount } = await import('../operations/check-secrets.js');
      return checkSecretsOfAccount({ environment, identity, stacks, secrets: store, now: new Date() });
    }
    const ask = await openSecretInput(chosen, { directory: workingDirectory(), emit: this.emit });
    const { configureSecrets } = await import('../operations/configure-secrets.js');
    return configureSecrets({
      environment, identity, stacks, secrets: store, names: chosen.map(({ name }) => name), ask, emit: this.emit,
      approve: async (writes) => flags.yes || askYesNo(`set ${writes === 1 ? 'this secret' : `these ${writes} secrets`} in ${environment.name} (account ${environment.account})?`, '--yes'),
    });
  }

  protected render(result: ConfigureSecretsResult | SecretsReport): string {
    return 'inOrder' in result ? renderReport(result) : renderConfigured(result);
  }

  protected override exitCodeOf(result: ConfigureSecretsResult | SecretsReport): number {
    return 'inOrder' in result && !result.inOrder ? EXIT_CODES.failed : 0;
  }
}

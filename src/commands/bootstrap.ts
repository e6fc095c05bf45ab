import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import type { BootstrapResult } from '../operations/bootstrap-lake.js';

export default class Bootstrap extends LakeCommand<BootstrapResult> {
  static override summary = "Make an environment's account ready for deployments";
  static override description = 'Creates or updates the stack CDKToolkit: a bucket with its own key for templates and assets, and the roles that deploy. First compares the account of the credentials with dlp.yaml. A second run changes nothing.';
  static override examples = ['<%= config.bin %> bootstrap --env dev'];
  static override flags = { ...environmentFlags };

  protected async execute(): Promise<BootstrapResult> {
    const { flags } = await this.parse(Bootstrap);
    const context = await this.open(flags);
    const [{ bootstrapLake }, { engine }, { identity }] = await Promise.all([import('../operations/bootstrap-lake.js'), context.engine(), context.readers()]);
    return bootstrapLake({ environment: context.environment, identity, engine, emit: this.emit });
  }

  protected render({ account, region, result }: BootstrapResult): string {
    return `${account}/${region}: ${result === 'created' ? 'bootstrapped' : 'bootstrapped before, nothing changed'}`;
  }
}

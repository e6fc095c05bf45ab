// May the caller deploy at all? Looks for the CDK's bootstrap and tries its roles, before anything is written.
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { DeployAccess } from '../core/deployment.js';
import type { ClientSettings } from './clients.js';

export class BootstrapAccess implements DeployAccess {
  private readonly ssm: SSMClient;
  private readonly sts: STSClient;
  private readonly parameter: string;

  constructor(qualifier: string, settings: ClientSettings) {
    this.ssm = new SSMClient(settings);
    this.sts = new STSClient(settings);
    this.parameter = `/cdk-bootstrap/${qualifier}/version`;
  }

  async bootstrapVersion(): Promise<number | undefined> {
    try {
      const { Parameter } = await this.ssm.send(new GetParameterCommand({ Name: this.parameter }));
      return Number(Parameter?.Value);
    } catch (error) {
      if ((error as Error).name === 'ParameterNotFound') return undefined;
      throw error;
    }
  }

  async refusedRoles(roles: readonly string[]): Promise<readonly { readonly role: string; readonly reason: string }[]> {
    const answers = await Promise.all([...new Set(roles)].map(async (role) => {
      try {
        await this.sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'dlp', DurationSeconds: 900 }));
        return undefined;
      } catch (error) {
        if (!['AccessDenied', 'AccessDeniedException', 'NoSuchEntity'].includes((error as Error).name)) throw error;
        return { role, reason: (error as Error).message };
      }
    }));
    return answers.filter((answer) => answer !== undefined);
  }
}

// Reads single SSM parameters: the version of the bootstrap, the deploy lock, the last deployment.
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import type { Parameters } from '../core/status.js';
import type { ClientSettings } from './clients.js';

export class SsmParameters implements Parameters {
  private readonly client: SSMClient;

  constructor(settings: ClientSettings) {
    this.client = new SSMClient(settings);
  }

  async get(name: string): Promise<string | undefined> {
    try {
      return (await this.client.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  }
}

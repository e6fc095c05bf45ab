// Reads single SSM parameters: the version of the bootstrap, the deploy lock, the last deployment.
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Parameters } from '../core/status.js';
import type { ClientSettings } from './clients.js';
import { unless } from './unless.js';

export class SsmParameters implements Parameters {
  private readonly client: SSMClient;

  constructor(settings: ClientSettings) {
    this.client = new SSMClient(settings);
  }

  async get(name: string): Promise<string | undefined> {
    const found = await unless(['ParameterNotFound'], () => this.client.send(new GetParameterCommand({ Name: name })));
    return found?.Parameter?.Value;
  }
}

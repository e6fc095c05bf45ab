// Asks STS who is calling.
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Caller, Identity } from '../core/ports.js';
import type { ClientSettings } from './clients.js';

export class StsIdentity implements Identity {
  private readonly client: STSClient;
  private readonly credentials: string;

  constructor(settings: ClientSettings) {
    this.credentials = settings.source.text;
    this.client = new STSClient(settings);
  }

  async caller(): Promise<Caller> {
    const { Account, Arn } = await this.client.send(new GetCallerIdentityCommand({}));
    return { account: Account ?? '', arn: Arn ?? '', credentials: this.credentials };
  }
}

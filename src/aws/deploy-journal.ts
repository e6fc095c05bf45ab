// The lock and the record of deployments, as two parameters of the account's Parameter Store: it needs nothing that would
// have to be deployed first, and creating a parameter is atomic.
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { DeployJournal, DeployRecord, LockHolder } from '../core/deployment.js';
import type { ClientSettings } from './clients.js';

export class SsmDeployJournal implements DeployJournal {
  private readonly client: SSMClient;
  private readonly lock: string;
  private readonly newest: string;

  constructor(environment: string, settings: ClientSettings) {
    this.client = new SSMClient(settings);
    this.lock = `/dlp/${environment}/deploy-lock`;
    this.newest = `/dlp/${environment}/last-deploy`;
  }

  async claim(me: LockHolder): Promise<LockHolder | undefined> {
    for (;;) {
      try {
        await this.client.send(new PutParameterCommand({ Name: this.lock, Type: 'String', Value: JSON.stringify(me), Overwrite: false, Description: 'Who deploys the data lake just now (dlp)' }));
        return undefined;
      } catch (error) {
        if ((error as Error).name !== 'ParameterAlreadyExists') throw error;
      }
      const holder = await this.holder();
      // Ours after all when an answer was lost on the way and the SDK asked again; nobody's when it was given back just now.
      if (holder) return holder.nonce === me.nonce ? undefined : holder;
    }
  }

  async release(nonce: string): Promise<void> {
    if ((await this.holder())?.nonce !== nonce) return;
    await this.client.send(new DeleteParameterCommand({ Name: this.lock })).catch(ignoreMissing);
  }

  holder(): Promise<LockHolder | undefined> {
    return this.read<LockHolder>(this.lock);
  }

  async record(entry: DeployRecord): Promise<void> {
    await this.client.send(new PutParameterCommand({ Name: this.newest, Type: 'String', Value: JSON.stringify(entry), Overwrite: true, Description: 'The newest deployment of the data lake (dlp)' }));
  }

  last(): Promise<DeployRecord | undefined> {
    return this.read<DeployRecord>(this.newest);
  }

  private async read<T>(name: string): Promise<T | undefined> {
    const answer = await this.client.send(new GetParameterCommand({ Name: name })).catch(ignoreMissing);
    return answer?.Parameter?.Value === undefined ? undefined : JSON.parse(answer.Parameter.Value) as T;
  }
}

function ignoreMissing(error: Error): undefined {
  if (error.name !== 'ParameterNotFound') throw error;
  return undefined;
}

// The lock and the record of deployments, as two parameters of the account's Parameter Store: it needs nothing that would
// have to be deployed first, and creating a parameter is atomic.
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { DeployJournal } from '../core/deployment.js';
import { lastDeployParameter, lockParameter, readLastDeploy, readLock, type DeployRecord, type LockHolder } from '../core/deploy-records.js';
import type { ClientSettings } from './clients.js';
import { SsmParameters } from './parameters.js';
import { unless } from './unless.js';

export class SsmDeployJournal implements DeployJournal {
  private readonly client: SSMClient;
  private readonly parameters: SsmParameters;
  private readonly lock: string;
  private readonly newest: string;

  constructor(environment: string, settings: ClientSettings) {
    this.client = new SSMClient(settings);
    this.parameters = new SsmParameters(settings);
    this.lock = lockParameter(environment);
    this.newest = lastDeployParameter(environment);
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
    await unless(['ParameterNotFound'], () => this.client.send(new DeleteParameterCommand({ Name: this.lock })));
  }

  holder(): Promise<LockHolder | undefined> {
    return this.read(this.lock, readLock);
  }

  async record(entry: DeployRecord): Promise<void> {
    await this.client.send(new PutParameterCommand({ Name: this.newest, Type: 'String', Value: JSON.stringify(entry), Overwrite: true, Description: 'The newest deployment of the data lake (dlp)' }));
  }

  last(): Promise<DeployRecord | undefined> {
    return this.read(this.newest, readLastDeploy);
  }

  private async read<T>(name: string, parse: (name: string, text: string) => T): Promise<T | undefined> {
    const text = await this.parameters.get(name);
    return text === undefined ? undefined : parse(name, text);
  }
}

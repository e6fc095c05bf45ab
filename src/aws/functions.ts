// Calls Lambda functions of the lake.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DlpError } from '../core/errors.js';
import type { Functions } from '../core/ports.js';
import type { ClientSettings } from './clients.js';

export class LambdaFunctions implements Functions {
  private readonly client: LambdaClient;

  constructor(settings: ClientSettings) {
    this.client = new LambdaClient(settings);
  }

  async invoke(functionName: string, payload: unknown): Promise<unknown> {
    const answer = await this.client.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(payload)) }));
    const body: unknown = JSON.parse(Buffer.from(answer.Payload ?? new Uint8Array()).toString('utf8') || 'null');
    if (answer.FunctionError) {
      const { errorType, errorMessage } = (body ?? {}) as { errorType?: string; errorMessage?: string };
      throw new DlpError('AWS_ERROR', `the function ${functionName} failed: ${errorType ?? answer.FunctionError}: ${errorMessage ?? 'no message'}`);
    }
    return body;
  }
}

// Makes the local cloud ready for the CDK, on the way of a deployment: it belongs to nobody, so nobody is asked.
import type { Environment } from '../core/environment.js';
import { step, type Emit } from '../core/events.js';
import type { Engine, Identity } from '../core/ports.js';
import { guardAccount } from './guard-account.js';

export interface BootstrapLakeInput { readonly environment: Environment; readonly identity: Identity; readonly engine: Pick<Engine, 'bootstrap'>; readonly emit: Emit }

/** Again is a no-op. @throws WRONG_ACCOUNT */
export async function bootstrapLake({ environment, identity, engine, emit }: BootstrapLakeInput): Promise<void> {
  await guardAccount(environment, identity);
  await step(emit, 'bootstrap', `bootstrap ${environment.account}/${environment.region}`, () => engine.bootstrap(emit, 'bootstrap'), (r) => r);
}

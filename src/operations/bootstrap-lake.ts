// Makes an account ready for the CDK; again is a no-op.
import type { Environment } from '../core/environment.js';
import { step, type Emit } from '../core/events.js';
import type { Engine, Identity } from '../core/ports.js';
import { guardAccount } from './guard-account.js';

export interface BootstrapInput { readonly environment: Environment; readonly identity: Identity; readonly engine: Engine; readonly emit: Emit }
export interface BootstrapResult { readonly environment: string; readonly account: string; readonly region: string; readonly result: 'created' | 'unchanged' }

export async function bootstrapLake({ environment, identity, engine, emit }: BootstrapInput): Promise<BootstrapResult> {
  await guardAccount(environment, identity);
  const result = await step(emit, 'bootstrap', `bootstrap ${environment.account}/${environment.region}`, () => engine.bootstrap(emit, 'bootstrap'), (r) => r);
  return { environment: environment.name, account: environment.account, region: environment.region, result };
}

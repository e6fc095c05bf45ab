// No write before this: the credentials must belong to the environment's account.
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import { toDlpError } from '../core/known-errors.js';
import type { Identity } from '../core/ports.js';

/** @throws WRONG_ACCOUNT, LOCAL_CLOUD_DOWN, CREDENTIALS_MISSING */
export async function guardAccount(environment: Environment, identity: Identity): Promise<void> {
  const caller = await identity.caller().catch((thrown: unknown) => {
    const error = toDlpError(thrown);
    if (environment.local && error.code === 'CLOUD_UNREACHABLE') {
      throw new DlpError('LOCAL_CLOUD_DOWN', `nothing answers on 127.0.0.1:${environment.local.port}`, { cause: thrown });
    }
    throw error;
  });
  if (caller.account === environment.account) return;
  throw new DlpError('WRONG_ACCOUNT', `the credentials${environment.profile ? ` of profile "${environment.profile}"` : ''} belong to account ${caller.account} (${caller.arn}), but ${environment.name} is account ${environment.account}`, {
    details: { expected: environment.account, actual: caller.account, profile: environment.profile ?? null },
  });
}

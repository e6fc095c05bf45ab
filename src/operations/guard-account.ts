// No write before this: the credentials must belong to the environment's account.
import type { Environment } from '../core/environment.js';
import { DlpError } from '../core/errors.js';
import type { Caller, Identity } from '../core/ports.js';

/** @returns who is calling @throws WRONG_ACCOUNT */
export async function guardAccount(environment: Environment, identity: Identity): Promise<Caller> {
  const caller = await identity.caller();
  const { credentials } = caller;
  if (caller.account === environment.account) return caller;
  throw new DlpError('WRONG_ACCOUNT', `the credentials${credentials ? ` ${credentials}` : ''} belong to account ${caller.account} (${caller.arn}), but ${environment.name} is account ${environment.account}`, {
    details: { expected: environment.account, actual: caller.account, credentials: credentials ?? null, profile: environment.profile ?? null },
  });
}

// The auditor: keeps the ledger of runs (docs/contracts.md §5). Called by the state machines and by EventBridge.
import { once } from '../runtime.js';
import { close, type CloseAnswer } from './close.js';
import { type Deps, makeDeps } from './deps.js';
import { fail, type FailAnswer, settleExecution } from './fail.js';
import { open, type OpenAnswer } from './open.js';
import { parsePayload } from './payload.js';

export async function handle(deps: Deps, event: unknown): Promise<OpenAnswer | CloseAnswer | FailAnswer | { closed: number }> {
  const call = parsePayload(event);
  switch (call.kind) {
    case 'open':
      return await open(deps, call.payload);
    case 'close':
      return await close(deps, call.payload);
    case 'fail':
      return await fail(deps, call.payload);
    case 'ended':
      return await settleExecution(deps, call.payload);
  }
}

const defaults = once(makeDeps);

export const handler = (event: unknown) => handle(defaults(), event);

// What a status of CloudFormation means to people: is the stack fine, being worked on, or did it go wrong? Pure.
import { STACKS } from './names.js';

export type StackState = 'complete' | 'in progress' | 'failed' | 'rolled back';

export function stackState(status: string): StackState {
  if (status.endsWith('_IN_PROGRESS')) return 'in progress';
  if (status.endsWith('_FAILED')) return 'failed';
  if (status.endsWith('ROLLBACK_COMPLETE')) return 'rolled back';
  return 'complete';
}

/** Sorts short names in the order of deployment, those of jobs last. */
export function byDeployment(a: string, b: string): number {
  const place = (short: string) => { const i = STACKS.indexOf(short as (typeof STACKS)[number]); return i < 0 ? STACKS.length : i; };
  return place(a) - place(b) || (a < b ? -1 : 1);
}

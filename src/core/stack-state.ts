// What a status of CloudFormation means: for the next deployment, and to people. Pure. Statuses: CloudFormation API, type
// StackStatus.
import { STACKS } from './names.js';

/**
 * `empty`: only a change set was ever made. `never-created`: its first creation failed, it can only be deleted.
 * `rollback-failed`: can be deployed once its rollback is finished. `stuck`: needs a person. `busy`: somebody works on it.
 */
export type StackCondition = 'absent' | 'empty' | 'ready' | 'busy' | 'never-created' | 'rollback-failed' | 'stuck';

const CONDITIONS: Readonly<Record<string, StackCondition>> = {
  REVIEW_IN_PROGRESS: 'empty',
  DELETE_COMPLETE: 'absent',
  CREATE_FAILED: 'never-created', ROLLBACK_COMPLETE: 'never-created', ROLLBACK_FAILED: 'never-created',
  UPDATE_ROLLBACK_FAILED: 'rollback-failed', UPDATE_FAILED: 'rollback-failed',
  DELETE_FAILED: 'stuck',
};

export function conditionOf(status: string): StackCondition {
  return CONDITIONS[status] ?? (status.endsWith('_IN_PROGRESS') ? 'busy' : 'ready');
}

/** True for a stack whose last operation did what it should. */
export function isSound(status: string): boolean {
  return ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE'].includes(status);
}

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

// What a status of CloudFormation means for the next deployment. Pure. Statuses: CloudFormation API, type StackStatus.

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

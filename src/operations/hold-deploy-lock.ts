// One deployment at a time to an environment, whoever starts it and wherever.
import { DlpError } from '../core/errors.js';
import type { DeployJournal, Processes } from '../core/deployment.js';
import type { LockHolder } from '../core/deploy-records.js';
import type { Emit } from '../core/events.js';

export interface LockInput {
  readonly journal: DeployJournal;
  readonly processes: Processes;
  readonly emit: Emit;
  readonly owner: string;
  readonly command: string;
  /** Take it from whoever has it. */
  readonly breakLock: boolean;
  readonly environment: string;
  readonly nonce: string;
  readonly now: Date;
}

/**
 * Takes the lock. That of a process of this machine which is gone is taken over: it was killed, and CloudFormation holds
 * what it had begun.
 * @throws DEPLOY_LOCKED with owner and age
 */
export async function takeDeployLock(input: LockInput): Promise<void> {
  const { journal, processes, emit, breakLock, environment, now } = input;
  const me: LockHolder = {
    owner: input.owner, host: processes.host, pid: processes.pid, started: processes.startOf(processes.pid) ?? '',
    command: input.command, since: now.toISOString(), nonce: input.nonce,
  };
  for (;;) {
    // Looked at first: whoever is refused has written nothing.
    const holder = await journal.holder() ?? await journal.claim(me);
    if (!holder) return;
    const dead = holder.host === processes.host && processes.startOf(holder.pid) !== holder.started;
    if (!dead && !breakLock) {
      throw new DlpError('DEPLOY_LOCKED', `${holder.owner} deploys to ${environment} since ${holder.since} (${age(holder, now)}; \`${holder.command}\`, process ${holder.pid} on ${holder.host})`, { details: { holder } });
    }
    emit({ type: 'warning', text: dead ? `took over the lock of a deployment that was killed (process ${holder.pid}, since ${holder.since})` : `broke the lock of ${holder.owner} (process ${holder.pid} on ${holder.host}, since ${holder.since})` });
    await journal.release(holder.nonce);
  }
}

function age({ since }: LockHolder, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 2 * 24 * 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / (24 * 60))} days`;
}

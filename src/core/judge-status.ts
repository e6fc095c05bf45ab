// What of the picture is wrong, and the exit code that follows. Pure, and the only authority: docs and help repeat it.
import type { Comparison } from './compare-code.js';
import { ERRORS, EXIT_CODES, type ErrorCode } from './errors.js';
import { shortName } from './select-stacks.js';
import { isRead, type EnvironmentStatus, type LakeStatus, type Part, type Parts, type Problem, type StackStatus, type Unread } from './status.js';

/** A resource of CloudFormation may take an hour and then fails by itself. */
export const STUCK_AFTER_MINUTES = 60;
/** Longer than any deployment takes. */
export const LOCK_OLD_AFTER_MINUTES = 120;

/** One environment's problems; what could not be read is none. */
export function judge(status: EnvironmentStatus, now: Date): readonly Problem[] {
  const { environment, access, account, profile, parts } = status;
  const problem = (code: Problem['code'], subject: string | null, text: string): Problem => ({ environment, code, subject, text });
  if (access.state === 'wrong account') {
    return [problem('WRONG_ACCOUNT', null, `the credentials${profile ? ` of profile "${profile}"` : ''} belong to account ${access.account} (${access.arn}), not ${account}`)];
  }
  if (!parts) return [];
  const deployed = valueOf(parts.stacks, []).length > 0;
  return [
    ...(deployed && isRead(parts.bootstrap) && parts.bootstrap.value.version === null ? [problem('BOOTSTRAP_MISSING', null, 'stacks are deployed, but the account is not bootstrapped: nothing more can be deployed')] : []),
    ...valueOf(parts.stacks, []).flatMap((stack) => judgeStack(stack, now).map(([code, text]) => problem(code, stack.short, text))),
    ...judgeDeployments(parts, now).map(([code, text]) => problem(code, null, text)),
    ...valueOf(parts.drift, []).filter(({ drift }) => drift === 'DRIFTED')
      .map(({ short, resources }) => problem('DRIFT', short, `${short} has drifted: ${resources.map(({ resource, change }) => `${resource} was ${change.toLowerCase()}`).join(', ') || 'CloudFormation names no resource'}`)),
    ...(deployed ? judgeCode(valueOf(parts.code, {})) : []).map((text) => problem('CODE_DIFFERS', null, text)),
    ...(deployed ? valueOf(parts.secrets, []) : []).flatMap(({ name, state, maxAgeDays }) => (state === 'set' ? [] : state === 'old'
      ? [problem('SECRET_OLD', name, `the secret ${name} is older than ${maxAgeDays} days`)]
      : [problem('SECRET_MISSING', name, `the secret ${name} is ${state === 'missing' ? 'not set' : 'being deleted'}`)])),
    ...valueOf(parts.jobs, []).flatMap(({ job, lastOutcome, overdueSince, schedule }) => [
      ...(lastOutcome?.status === 'FAILED' ? [problem('RUN_FAILED', job, `the last run of ${job} failed: dlp etl show ${lastOutcome.run} --env ${environment}`)] : []),
      ...(overdueSince ? [problem('RUN_OVERDUE', job, `${job} should have run at ${overdueSince} (${schedule})`)] : []),
    ]),
    ...(isRead(parts.mart) && !parts.mart.value.reachable ? [problem('MART_UNREACHABLE', null, `the mart does not answer: ${parts.mart.value.reason}`)] : []),
    ...valueOf(parts.alarms, []).map(({ short, description, reason }) => problem('ALARM_OPEN', short, `alarm ${short}: ${description || reason}`)),
  ];
}

function judgeStack({ short, status, state, latest, failure, changedAt }: StackStatus, now: Date): readonly (readonly [Problem['code'], string])[] {
  if (state === 'failed' || state === 'rolled back') {
    return [['STACK_FAILED', `${short} is ${status}${failure ? `: ${failure.resource} (${failure.type}): ${failure.reason ?? failure.status}` : ''}`]];
  }
  const quietSince = latest?.at ?? changedAt;
  if (state !== 'in progress' || quietSince === null) return [];
  const minutes = minutesSince(quietSince, now);
  return minutes < STUCK_AFTER_MINUTES ? [] : [['STACK_STUCK', `${short} is ${status}, and nothing has happened for ${minutes} minutes`]];
}

const DIFFERENCES = { changed: 'deployed otherwise than the code here says', 'not deployed': 'in the code here, but not deployed', 'not in the code': 'deployed, but not in the code here' } as const;

/** A line for each kind of difference: a lake that is half deployed has many. */
function judgeCode(comparisons: Readonly<Record<string, Comparison>>): readonly string[] {
  return Object.entries(DIFFERENCES).flatMap(([kind, words]) => {
    const stacks = Object.keys(comparisons).filter((name) => comparisons[name] === kind).map(shortName);
    return stacks.length > 0 ? [`${words}: ${stacks.join(', ')}`] : [];
  });
}

function judgeDeployments({ lock, lastDeploy }: Parts, now: Date): readonly (readonly [Problem['code'], string])[] {
  const held = valueOf(lock, null);
  const last = valueOf(lastDeploy, null);
  if (held && minutesSince(held.since, now) >= LOCK_OLD_AFTER_MINUTES) {
    return [['LOCK_OLD', `${held.owner} has held the deploy lock for ${minutesSince(held.since, now)} minutes: if nobody deploys, dlp deploy --break-lock takes it away`]];
  }
  // Whoever holds the lock is about to make it right.
  return !held && last && last.outcome !== 'succeeded' ? [['DEPLOY_FAILED', `the last deployment ${last.outcome === 'failed' ? 'failed' : 'was interrupted'} (${last.at}, ${last.by}): dlp deploy goes on where it was`]] : [];
}

export interface Verdict { readonly problems: readonly Problem[]; readonly exitCode: number }

/** Why an environment that nobody named need not be seen. */
const EXCUSED: ReadonlySet<ErrorCode> = new Set(['CREDENTIALS_MISSING', 'LOCAL_CLOUD_DOWN']);

/**
 * 1 when something is wrong; else that of what could not be seen: a part or an environment; else 0.
 * An environment that nobody named may be signed out or stopped, as long as another one could be seen.
 */
export function judgeAll(environments: readonly EnvironmentStatus[], now: Date): Verdict {
  const problems = environments.flatMap((status) => judge(status, now));
  if (problems.length > 0) return { problems, exitCode: EXIT_CODES.failed };
  const nothingSeen = environments.every(({ parts }) => parts === null);
  const unseen = environments.flatMap(({ named, access, parts }): ErrorCode[] => {
    if (parts) return unreadParts(parts).map(([, { code }]) => code);
    return 'code' in access && (named || nothingSeen || !EXCUSED.has(access.code)) ? [access.code] : [];
  });
  return { problems, exitCode: Math.max(0, ...unseen.map((code) => EXIT_CODES[ERRORS[code].kind])) };
}

export function unreadParts(parts: Parts): readonly (readonly [keyof Parts, Unread])[] {
  return (Object.entries(parts) as [keyof Parts, Part<unknown> | null][]).flatMap(([name, part]) => (part && 'unread' in part ? [[name, part] as const] : []));
}

/** The same from the finished document: what the process ends with. */
export function exitCodeOf({ environments, at }: LakeStatus): number {
  return judgeAll(environments, new Date(at)).exitCode;
}

export function minutesSince(time: string, now: Date): number {
  return Math.floor((now.getTime() - Date.parse(time)) / 60_000);
}

function valueOf<T>(part: Part<T> | null, otherwise: T): T {
  return isRead(part) ? part.value : otherwise;
}

// The picture of the environments for people: side by side when there are several, in detail when there is one.
import { minutesSince, unreadParts } from '../core/judge-status.js';
import { isRead, type EnvironmentStatus, type JobStatus, type LakeStatus, type Part, type Parts, type StackStatus } from '../core/status.js';
import { STACKS } from '../core/names.js';
import { table } from './table.js';

export function renderStatus(status: LakeStatus): string {
  return [picture(status), ...notes(status), verdict(status)].join('\n\n');
}

/** For a screen that is drawn again: what matters is on top, since what does not fit is cut off below. */
export function renderWatched(status: LakeStatus, intervalSeconds: number): string {
  const when = `${status.at.slice(11, 19)} UTC, again every ${intervalSeconds} s; Ctrl-C ends`;
  return [when, verdict(status), picture(status), ...notes(status)].join('\n\n');
}

function picture({ environments, at }: LakeStatus): string {
  const now = new Date(at);
  return environments.length === 1 ? detail(environments[0]!, now) : sideBySide(environments, now);
}

function verdict({ problems, healthy, environments }: LakeStatus): string {
  if (problems.length === 0) {
    if (healthy) return '✔ nothing is wrong';
    return environments.some(({ parts }) => parts) ? '! nothing is wrong in what could be seen, but not everything could be seen' : '! nothing could be seen';
  }
  const several = environments.length > 1;
  return [`✖ ${problems.length} ${problems.length === 1 ? 'thing is' : 'things are'} wrong:`, ...problems.map(({ environment, text }) => `  ${several ? `${environment}: ` : ''}${text}`)].join('\n');
}

/** What could not be read, and why; an environment without credentials says so once. */
function notes({ environments }: LakeStatus): readonly string[] {
  const several = environments.length > 1;
  const lines = environments.flatMap(({ environment, access, parts }) => [
    ...('code' in access ? [`  ${several ? `${environment}: ` : ''}${access.state}: ${access.message}${access.hint ? ` (${access.hint})` : ''}`] : []),
    ...(parts ? unreadParts(parts).map(([part, { unread, message }]) => `  ${several ? `${environment}: ` : ''}${TITLES[part]}: ${unread}: ${message}`) : []),
    ...(isRead(parts?.drift) ? parts.drift.value : []).filter(({ drift }) => drift === 'UNKNOWN')
      .map(({ short, reason }) => `  ${several ? `${environment}: ` : ''}drift of ${short}: ${reason ?? 'CloudFormation does not say why'}`),
  ]);
  return lines.length > 0 ? [`! could not be seen:\n${lines.join('\n')}`] : [];
}

const TITLES: Readonly<Record<keyof Parts, string>> = {
  bootstrap: 'bootstrap', stacks: 'stacks', drift: 'drift', code: 'code', secrets: 'secrets', jobs: 'jobs', mart: 'mart', alarms: 'alarms', lock: 'lock', lastDeploy: 'last deployment',
};

function sideBySide(environments: readonly EnvironmentStatus[], now: Date): string {
  const row = (title: string, cell: (parts: Parts, now: Date) => string | null) => [title, ...environments.map(({ parts }) => parts && cell(parts, now))];
  const rows = (Object.keys(TITLES) as (keyof Parts)[]).flatMap((name) => [row(TITLES[name], SHORT[name]), ...(name === 'stacks' ? [row('last change', lastChange)] : [])]);
  return table(['', ...environments.map(({ environment }) => environment)], [
    ['account', ...environments.map(({ account }) => account)],
    ['signed in', ...environments.map(({ access }) => (access.state === 'signed in' ? `yes${expiry(access.expiresAt, now)}` : access.state))],
    // A line that says nothing anywhere is left out.
    ...rows.filter(([, ...cells]) => cells.some((cell) => cell !== null)),
  ]);
}

/** One line for each part. null: there is nothing to say. */
const SHORT: { readonly [Name in keyof Parts]: (parts: Parts, now: Date) => string | null } = {
  bootstrap: ({ bootstrap }) => show(bootstrap, ({ version }) => (version === null ? 'not bootstrapped' : `version ${version}`)),
  stacks: ({ stacks }) => show(stacks, countStacks),
  drift: ({ drift }) => show(drift, (all) => count(all.map((stack) => DRIFT[stack.drift]), 'nothing to look at')),
  code: ({ code }) => show(code, (all) => count(Object.values(all), 'nothing to compare')),
  secrets: ({ secrets }) => show(secrets, (all) => count(all.map(({ state }) => state), 'none declared')),
  jobs: ({ jobs }) => show(jobs, (all) => count(all.map(jobWord), 'none')),
  mart: ({ mart }) => show(mart, (state) => (state.reachable ? 'answers' : 'does not answer')),
  alarms: ({ alarms }) => show(alarms, (open) => (open.length === 0 ? 'none open' : `${open.length} open`)),
  lock: ({ lock }, now) => show(lock, (held) => (held ? `${who(held.owner)}, ${duration(held.since, now)}` : 'free')),
  lastDeploy: ({ lastDeploy }, now) => show(lastDeploy, (last) => (last ? `${last.outcome} ${age(last.at, now)}, ${who(last.by)}${last.commit ? `, ${last.commit.slice(0, 7)}` : ''}` : null)),
};

const DRIFT = { IN_SYNC: 'in sync', DRIFTED: 'drifted', UNKNOWN: 'unknown' } as const;

function countStacks(stacks: readonly StackStatus[]): string {
  return stacks.length === 0 ? 'not deployed' : count([...stacks.map(({ state }) => state), ...missing(stacks).map(() => 'not deployed')], '');
}

function lastChange({ stacks }: Parts, now: Date): string | null {
  const changed = isRead(stacks) ? stacks.value.map(({ changedAt }) => changedAt ?? '').toSorted().at(-1) : undefined;
  return changed ? age(changed, now).padEnd(AGE_WIDTH) : null;
}

/** Stacks of every lake that this one has not; those of jobs only --compare knows. */
function missing(stacks: readonly StackStatus[]): readonly string[] {
  return STACKS.filter((short) => !stacks.some((stack) => stack.short === short));
}

function jobWord({ lastOutcome, lastRun, overdueSince }: JobStatus): string {
  if (overdueSince) return 'overdue';
  if (lastRun?.status === 'RUNNING') return 'running';
  return lastOutcome === null ? 'never ran' : lastOutcome.status === 'FAILED' ? 'failed' : 'succeeded';
}

function detail(status: EnvironmentStatus, now: Date): string {
  const { environment, account, region, profile, access, parts } = status;
  const head = `${environment}: account ${account}, ${region}${profile ? `, profile ${profile}` : ''}`;
  if (!parts) return `${head}\n  ${access.state}`;
  const lines: (readonly [string, string | null])[] = [
    ['signed in', 'arn' in access ? `${access.arn}${expiry(access.expiresAt, now)}` : null],
    ...(['bootstrap', 'lastDeploy', 'lock', 'mart', 'secrets', 'alarms'] as const).map((name) => [TITLES[name], SHORT[name](parts, now)] as const),
  ];
  const sections = [
    [head, ...lines.filter(([, text]) => text !== null).map(([title, text]) => `  ${title.padEnd(16)}${text}`)].join('\n'),
    show(parts.stacks, (all) => (all.length > 0 ? stackTable(all, parts, now) : `the lake is not deployed: ${howToDeploy(parts, environment)}`)),
    show(parts.jobs, (all) => (all.length === 0 ? 'no jobs are deployed' : jobTable(all, now))),
    show(parts.stacks, outputs),
  ];
  return sections.filter((text) => text !== null && text !== '').join('\n\n');
}

function howToDeploy({ bootstrap }: Parts, environment: string): string {
  const bootstrapped = environment === 'local' || !isRead(bootstrap) || bootstrap.value.version !== null;
  return `${bootstrapped ? '' : `dlp bootstrap --env ${environment}, then `}dlp deploy --env ${environment}`;
}

function stackTable(stacks: readonly StackStatus[], parts: Parts, now: Date): string {
  const { drift, code } = parts;
  const drifted = (name: string) => (isRead(drift) ? driftText(drift.value.find((stack) => stack.name === name)) : null);
  const compared = (name: string) => (isRead(code) ? code.value[name] ?? null : null);
  const columns = ['stack', 'state', 'changed', ...(drift ? ['drift'] : []), ...(code ? ['code'] : []), 'latest'];
  const rows = stacks.map(({ name, short, status, changedAt, latest }) => [
    short, status, changedAt ? age(changedAt, now).padEnd(AGE_WIDTH) : null, ...(drift ? [drifted(name)] : []), ...(code ? [compared(name)] : []),
    latest ? `${latest.status} ${latest.resource} ${age(latest.at, now)}` : '',
  ]);
  const inProgress = stacks.some(({ latest }) => latest);
  return [
    table(inProgress ? columns : columns.slice(0, -1), inProgress ? rows : rows.map((row) => row.slice(0, -1))),
    ...(missing(stacks).length > 0 ? [`not deployed: ${missing(stacks).join(', ')}`] : []),
  ].join('\n');
}

function driftText(stack: { readonly drift: keyof typeof DRIFT; readonly resources: readonly { readonly resource: string }[] } | undefined): string | null {
  return stack ? `${DRIFT[stack.drift]}${stack.resources.length > 0 ? `: ${stack.resources.map(({ resource }) => resource).join(', ')}` : ''}` : null;
}

function jobTable(jobs: readonly JobStatus[], now: Date): string {
  return table(['job', 'last run', 'began', 'last success', 'overdue since', 'run'], jobs.map(({ job, lastRun, lastSuccessAt, overdueSince }) => [
    job, lastRun?.status.toLowerCase() ?? 'never ran', lastRun ? age(lastRun.startedAt, now).padEnd(AGE_WIDTH) : null,
    lastSuccessAt ? age(lastSuccessAt, now).padEnd(AGE_WIDTH) : null, overdueSince, lastRun?.run ?? null,
  ]));
}

/** Those that a person asks for; --json has all. */
const OUTPUTS = [
  ['S3BucketZones', 'LandingBucketName', 'landing'], ['S3BucketZones', 'GoldBucketName', 'gold'], ['Api', 'ApiUrl', 'API'],
  ['DataMart', 'MartHost', 'mart'], ['Athena', 'WorkGroupName', 'Athena workgroup'], ['Monitoring', 'DashboardName', 'dashboard'],
] as const;

function outputs(stacks: readonly StackStatus[]): string {
  return OUTPUTS.flatMap(([short, key, title]) => {
    const value = stacks.find((stack) => stack.short === short)?.outputs[key];
    return value === undefined ? [] : [`  ${title.padEnd(16)}  ${value}`];
  }).join('\n');
}

function show<T>(part: Part<T> | null, text: (value: T) => string | null): string | null {
  if (part === null) return null;
  return isRead(part) ? text(part.value) : part.unread;
}

/** `9 complete, 1 failed`. */
function count(words: readonly string[], none: string): string {
  if (words.length === 0) return none;
  return [...new Set(words)].map((word) => `${words.filter((other) => other === word).length} ${word}`).join(', ');
}

/** The last part of an ARN: the name of a user or of a session. */
function who(arn: string): string {
  return arn.split('/').at(-1)!;
}

function expiry(expiresAt: string | null, now: Date): string {
  return expiresAt === null ? '' : `, until ${expiresAt}${Date.parse(expiresAt) < now.getTime() ? ' (over)' : ''}`;
}

/** So wide that a table keeps its form while time goes by. */
const AGE_WIDTH = 12;

function age(time: string, now: Date): string {
  const text = duration(time, now);
  return text === NO_TIME ? 'just now' : `${text} ago`;
}

const NO_TIME = 'less than a minute';

function duration(time: string, now: Date): string {
  const minutes = minutesSince(time, now);
  if (minutes < 1) return NO_TIME;
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60 / 24)} days`;
}

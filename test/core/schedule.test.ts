import { jobFreshness } from '../../src/core/job-freshness.js';
import { previousDue, ratePeriod } from '../../src/core/schedule.js';
import { ago, NOW, run } from '../support/status-fakes.js';

describe('previousDue', () => {
  /** A Tuesday. */
  const moment = new Date('2026-03-10T12:00:30Z');
  const due = (cron: string) => previousDue(`cron(${cron})`, moment)?.toISOString().slice(0, 16);

  it.each([
    ['0 12 * * ? *', '2026-03-10T12:00'],
    ['1 12 * * ? *', '2026-03-09T12:01'],
    ['0/15 * * * ? *', '2026-03-10T12:00'],
    ['*/7 11 * * ? *', '2026-03-10T11:56'],
    ['30 2,14 * * ? *', '2026-03-10T02:30'],
    ['0 6 ? * MON-FRI *', '2026-03-10T06:00'],
    ['0 6 ? * SAT,SUN *', '2026-03-08T06:00'],
    ['0 6 ? * 2 *', '2026-03-09T06:00'],
    ['0 6 1 * ? *', '2026-03-01T06:00'],
    ['0 6 L * ? *', '2026-02-28T06:00'],
    ['0 6 1W * ? *', '2026-03-02T06:00'],
    ['0 6 LW * ? *', '2026-02-27T06:00'],
    ['0 6 ? * 6L *', '2026-02-27T06:00'],
    ['0 6 ? * TUE#1 *', '2026-03-03T06:00'],
    ['0 6 31 JAN ? *', '2026-01-31T06:00'],
    ['0 6 29 2 ? *', '2024-02-29T06:00'],
    ['0 6 1 1 ? 2024-2025', '2025-01-01T06:00'],
  ])('finds when %s was last due', (cron, expected) => expect(due(cron)).toBe(expected));

  it.each(['0 6 * *', 'a b c d e f', '61 * * * ? *', '0 6 1 1 ? 2199', '0/0 * * * ? *', '0 6 ? * XYZ *'])('has no answer for %s', (cron) => expect(due(cron)).toBeUndefined());
  it('has none for a rate, whose beginning nobody knows', () => expect(previousDue('rate(1 hour)', moment)).toBeUndefined());
});

it.each([['rate(5 minutes)', 300_000], ['rate(1 hour)', 3_600_000], ['rate(7 days)', 604_800_000], ['cron(0 6 * * ? *)', undefined]])('%s has a period of %s ms', (schedule, period) => expect(ratePeriod(schedule)).toBe(period));

describe('the freshness of a job', () => {
  const fresh = (runs: Parameters<typeof run>[0][], schedule: string | null = null, deployedAt = ago(10_000)) => jobFreshness({ runs: runs.map(run), schedule, deployedAt, now: NOW });

  it('tells the newest run from the last that ended one way or the other', () => {
    const told = fresh([{ run: 'd', status: 'RUNNING', startedAt: ago(1), endedAt: null }, { run: 'c', status: 'SKIPPED' }, { run: 'b', status: 'FAILED' }, { run: 'a', status: 'SUCCEEDED', endedAt: ago(50) }]);
    expect(told).toMatchObject({ lastRun: { run: 'd' }, lastOutcome: { run: 'b' }, lastSuccessAt: ago(50), overdueSince: null });
  });
  it('knows of no run at all', () => expect(fresh([])).toEqual({ lastRun: null, lastOutcome: null, lastSuccessAt: null, overdueSince: null }));

  it('calls a job overdue when its hour has passed without a run', () => {
    expect(fresh([{ startedAt: ago(24 * 60) }], 'cron(0 11 * * ? *)').overdueSince).toBe('2026-03-10T11:00:00.000Z');
    expect(fresh([{ startedAt: ago(59) }], 'cron(0 11 * * ? *)').overdueSince).toBeNull();
    expect(fresh([{ startedAt: ago(24 * 60) }], 'cron(50 11 * * ? *)').overdueSince).toBeNull(); // still within its grace
  });
  it('calls it overdue when its period has passed', () => {
    expect(fresh([{ startedAt: ago(80) }], 'rate(1 hour)').overdueSince).toBe(ago(20));
    expect(fresh([{ startedAt: ago(70) }], 'rate(1 hour)').overdueSince).toBeNull();
  });
  it('expects nothing from before the job was deployed', () => {
    expect(fresh([], 'cron(0 11 * * ? *)', ago(30)).overdueSince).toBeNull();
    expect(fresh([], 'rate(1 hour)', ago(30)).overdueSince).toBeNull();
    expect(fresh([], 'rate(1 hour)', ago(120)).overdueSince).toBe(ago(60));
  });
});

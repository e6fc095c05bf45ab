// When a schedule of EventBridge was last due: rate(…) and cron(…) in UTC. Pure. Knows nothing of jobs.

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: DAY_MS };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** Far enough for "29 February" and for "the fifth Friday". */
const DAYS_BACK = 366 * 5;

/** The period of a rate(…) in milliseconds; undefined for anything else. */
export function ratePeriod(schedule: string): number | undefined {
  const [, count, unit] = /^rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)$/.exec(schedule) ?? [];
  return count && unit ? Number(count) * UNITS[unit]! : undefined;
}

/** The last minute at or before `moment` for which a cron(…) was due; undefined when there is none or it is not understood. */
export function previousDue(schedule: string, moment: Date): Date | undefined {
  const fields = /^cron\((.+)\)$/.exec(schedule)?.[1]!.trim().split(/\s+/);
  if (fields?.length !== 6) return undefined;
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields as [string, string, string, string, string, string];
  const minutes = numbers(minute, 0, 59);
  const hours = numbers(hour, 0, 23);
  const months = numbers(month, 1, 12, MONTHS);
  const years = numbers(year, 1970, 2199);
  if (!minutes || !hours || !months || !years) return undefined;
  const midnight = Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate());
  for (let back = 0; back <= DAYS_BACK; back += 1) {
    const day = new Date(midnight - back * DAY_MS);
    if (!years.has(day.getUTCFullYear()) || !months.has(day.getUTCMonth() + 1)) continue;
    const due = isDayOfMonth(dayOfMonth, day) && isDayOfWeek(dayOfWeek, day);
    if (due === undefined) return undefined;
    if (!due) continue;
    const time = lastTime(day, hours, minutes, moment);
    if (time) return time;
  }
  return undefined;
}

function lastTime(day: Date, hours: ReadonlySet<number>, minutes: ReadonlySet<number>, moment: Date): Date | undefined {
  for (let of = 24 * 60 - 1; of >= 0; of -= 1) {
    const time = day.getTime() + of * MINUTE_MS;
    if (time <= moment.getTime() && hours.has(Math.floor(of / 60)) && minutes.has(of % 60)) return new Date(time);
  }
  return undefined;
}

/** `*`, `?`, `5`, `1-5`, `0/15`, `*\/2` and lists of them. */
function numbers(field: string, least: number, most: number, names: readonly string[] = []): ReadonlySet<number> | undefined {
  const all = new Set<number>();
  for (const part of field.split(',')) {
    const [, from, to, step] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (from === undefined) return undefined;
    const any = from === '*' || from === '?';
    const first = any ? least : toNumber(from, names, least);
    const last = to !== undefined ? toNumber(to, names, least) : any || step !== undefined ? most : first;
    if (!(first >= least && last <= most && first <= last) || step === '0') return undefined;
    for (let n = first; n <= last; n += Number(step ?? 1)) all.add(n);
  }
  return all;
}

function toNumber(text: string, names: readonly string[], first: number): number {
  const named = names.indexOf(text.toUpperCase());
  return named >= 0 ? named + first : /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Also `L` (the last), `LW` (the last working day) and `15W` (the working day nearest to the 15th). */
function isDayOfMonth(field: string, day: Date): boolean | undefined {
  const date = day.getUTCDate();
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  if (field === 'L') return date === last;
  const weekday = /^(\d{1,2}|L)W$/.exec(field)?.[1];
  if (weekday !== undefined) return date === nearestWorkingDay(day, weekday === 'L' ? last : Number(weekday), last);
  return numbers(field, 1, 31)?.has(date);
}

function nearestWorkingDay(day: Date, date: number, last: number): number {
  const weekday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
  if (weekday === 6) return date === 1 ? 3 : date - 1;
  if (weekday === 0) return date === last ? date - 2 : date + 1;
  return date;
}

/** 1 is Sunday. Also `6L` (the last Friday of the month) and `6#3` (the third). */
function isDayOfWeek(field: string, day: Date): boolean | undefined {
  const weekday = day.getUTCDay() + 1;
  const date = day.getUTCDate();
  if (field === 'L') return weekday === 7;
  const [, name, kind, nth] = /^(\w+?)(L|#)(\d?)$/.exec(field) ?? [];
  if (name === undefined) return numbers(field, 1, 7, WEEKDAYS)?.has(weekday);
  if (weekday !== toNumber(name, WEEKDAYS, 1)) return false;
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  return kind === 'L' ? date + 7 > last : Math.ceil(date / 7) === Number(nth);
}

// What job.yaml means. `dlp_etl` reads the same shape as JSON (docs/contracts.md §3). Knows nothing of Spark or the CDK.
import * as z from 'zod';

export const JOB_NAME = /^[a-z][a-z0-9_]{1,39}$/;
const columnName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a column is lower case letters, digits and _, beginning with a letter');
const type = z.string().regex(/^(string|int|bigint|double|boolean|date|timestamp|decimal\(\d{1,2},\s*\d{1,2}\))$/,
  'one of string, int, bigint, double, boolean, date, timestamp, decimal(p,s)');

const column = z.strictObject({
  name: columnName,
  type,
  required: z.boolean().default(false),
  min: z.union([z.number(), z.iso.date()]).optional().describe('a number, or a date for date and timestamp columns'),
  max: z.union([z.number(), z.iso.date()]).optional(),
  enum: z.array(z.string()).min(1).optional(),
  pattern: z.string().optional().describe('regular expression (Java) that the whole value must match'),
  maxLength: z.int().min(1).optional(),
  format: z.string().optional().describe('of a date or timestamp, such as yyyy-MM-dd'),
  description: z.string().optional(),
});

const trigger = z.union([
  z.strictObject({ event: z.strictObject({ prefix: z.string().regex(/^[^/].*\/$/, 'a prefix ends in / and does not begin with /'), suffix: z.string().optional() }) }),
  z.strictObject({ schedule: z.string().regex(/^(cron|rate)\(.+\)$/, 'cron(…) or rate(…) as in EventBridge') }),
]);

export const jobSchema = z.strictObject({
  name: z.string().regex(JOB_NAME, '2 to 40 lower case letters, digits and _, beginning with a letter'),
  description: z.string().min(1).max(200),
  trigger,
  source: z.strictObject({
    format: z.literal('csv').default('csv'),
    delimiter: z.string().length(1).default(','),
    quote: z.string().length(1).default('"'),
    multiLine: z.boolean().default(false).describe('values may hold line breaks; such a file is read by one task'),
    onExtraColumns: z.enum(['reject', 'ignore']).default('reject'),
  }).prefault({}),
  columns: z.array(column).min(1).max(500),
  key: z.array(columnName).min(1),
  orderBy: z.array(columnName).default([]).describe('of several rows with one key the greatest wins'),
  checks: z.strictObject({
    maxBadRatio: z.number().min(0).max(1).default(0.05).describe('more bad rows than this share and nothing is published'),
    sums: z.array(columnName).default([]).describe('int, bigint or decimal columns whose totals must agree in gold and in the mart'),
  }).prefault({}),
  target: z.strictObject({
    table: z.string().regex(JOB_NAME).describe('table in gold and in the mart'),
    partitionBy: z.array(z.string().regex(/^(\w+|(year|month|day|hour)\(\w+\)|(bucket|truncate)\(\d+,\s*\w+\))$/,
      'a column or year(c), month(c), day(c), hour(c), bucket(n, c), truncate(n, c)')).default([]),
  }),
  workers: z.strictObject({
    type: z.enum(['G.1X', 'G.2X', 'G.4X', 'G.8X']).default('G.1X'),
    count: z.int().min(2).max(299).default(2),
    timeoutMinutes: z.int().min(1).max(10_080).default(60),
    maxConcurrent: z.int().min(1).max(100).default(1),
  }).prefault({}),
  alarms: z.strictObject({ staleAfterHours: z.int().min(1).max(168).optional().describe('alarm when no run has succeeded for so long; CloudWatch looks back a week at most') }).prefault({}),
}).superRefine((job, context) => {
  const names = job.columns.map((c) => c.name);
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) context.addIssue({ code: 'custom', path: ['columns', i, 'name'], message: `the column ${name} is there twice` });
  });
  job.columns.forEach((c, i) => {
    const temporal = c.type === 'date' || c.type === 'timestamp';
    const wrong = (field: string, message: string) => context.addIssue({ code: 'custom', path: ['columns', i, field], message });
    const decimal = /^decimal\((\d+),\s*(\d+)\)$/.exec(c.type);
    if (decimal && (Number(decimal[1]) > 38 || Number(decimal[1]) < 1 || Number(decimal[2]) > Number(decimal[1]))) wrong('type', 'a decimal has 1 to 38 digits, and not more of them behind the point');
    if (c.format !== undefined && !temporal) wrong('format', `format is for dates and timestamps; ${c.name} is ${c.type}`);
    for (const bound of ['min', 'max'] as const) {
      const value = c[bound];
      if (value === undefined) continue;
      if (temporal !== (typeof value === 'string')) wrong(bound, temporal ? `${c.name} is ${c.type}: give a date such as 2026-01-31, in quotes` : `${c.name} is ${c.type}: give a number`);
      if (c.type === 'string' || c.type === 'boolean') wrong(bound, `${c.name} is ${c.type}, which has no ${bound}; strings have maxLength, enum and pattern`);
    }
  });
  const known = (list: readonly string[], path: readonly (string | number)[]) => list.forEach((name, i) => {
    if (!names.includes(name)) context.addIssue({ code: 'custom', path: [...path, i], message: `not a column of this job; columns: ${names.join(', ')}` });
  });
  known(job.key, ['key']);
  known(job.orderBy, ['orderBy']);
  known(job.checks.sums, ['checks', 'sums']);
  job.target.partitionBy.forEach((transform, i) => {
    const name = /(\w+)\)?$/.exec(transform)![1]!;
    if (!names.includes(name)) context.addIssue({ code: 'custom', path: ['target', 'partitionBy', i], message: `${name} is not a column of this job; columns: ${names.join(', ')}` });
  });
  job.checks.sums.forEach((name, i) => {
    const columnType = job.columns.find((c) => c.name === name)?.type ?? 'int';
    if (!/^(int|bigint|decimal)/.test(columnType)) context.addIssue({ code: 'custom', path: ['checks', 'sums', i], message: `${name} is ${columnType}; only int, bigint and decimal add up exactly` });
  });
});
export type JobSpec = z.infer<typeof jobSchema>;

/** A job of the workspace: what it declares and where its folder is (absolute path). */
export interface Job {
  readonly spec: JobSpec;
  readonly folder: string;
}

/** `daily_orders` → `DailyOrders`, the job's part in stack names. */
export function jobTitle(name: string): string {
  return name.split('_').filter(Boolean).map((part) => part[0]!.toUpperCase() + part.slice(1)).join('');
}

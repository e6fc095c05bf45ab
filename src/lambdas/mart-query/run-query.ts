// One read-only statement as lake_reader, with at most so many rows and bytes of answer.
import type pg from 'pg';
import { describeStatement, type Field } from './describe.js';
import { type JsonValue, jsonValue } from './json-value.js';
import type { QueryRequest } from './request.js';

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** More rows were there than were asked for, or than fit into an answer. */
  readonly truncated: boolean;
}

export interface QueryLimits {
  readonly statementTimeoutMs: number;
  /** Of the rows as JSON. A Lambda's answer may have 6 MB. */
  readonly answerBytes: number;
}

/** The statement returns no rows, so it is none that reads. */
export class NotAQuery extends Error {
  override readonly name = 'NotAQuery';
}

/** A column of a type that exists inside the server only, such as void or record. */
export class UnreadableColumn extends Error {
  override readonly name = 'UnreadableColumn';
}

/** Throws NotAQuery, UnreadableColumn and PostgreSQL's own errors. Nothing is ever committed. */
export async function runQuery(client: pg.Client, { sql, maxRows }: QueryRequest, limits: QueryLimits): Promise<QueryResult> {
  await client.query('BEGIN READ ONLY');
  try {
    for (const setting of settings(limits)) await client.query(setting);
    const fields = await describeStatement(client, sql);
    if (fields === null || fields.length === 0) throw new NotAQuery('only a statement that returns columns can be run here, and only one at a time');
    const types = await typeNames(client, fields);
    const { rows } = await client.query<(string | null)[]>({
      text: `SELECT * FROM audit.read_rows($1, $2) AS t(${types.map(({ cast }, i) => `c${i} ${cast}`).join(', ')})`,
      values: [sql, maxRows + 1],
      rowMode: 'array',
      // Text as the server sends it; what becomes of it is decided in one place.
      types: { getTypeParser: () => (text: string) => text },
    });
    const fitting = cut(rows.slice(0, maxRows).map((row) => row.map((text, i) => jsonValue(fields[i]!.typeId, text))), limits.answerBytes);
    return { columns: fields.map(({ name }, i) => ({ name, type: types[i]!.shown })), rows: fitting, truncated: fitting.length < rows.length };
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

const settings = ({ statementTimeoutMs }: QueryLimits): readonly string[] => [
  'SET LOCAL ROLE lake_reader',
  `SET LOCAL statement_timeout = ${Math.floor(statementTimeoutMs)}`,
  'SET LOCAL lock_timeout = 5000',
  'SET LOCAL search_path = mart, audit',
  // One form of times and numbers, whatever the database's defaults are.
  "SET LOCAL TIME ZONE 'UTC'",
  'SET LOCAL datestyle = ISO',
  'SET LOCAL intervalstyle = iso_8601',
  'SET LOCAL extra_float_digits = 1',
  'SET LOCAL bytea_output = hex',
];

/**
 * `shown` is for people (`numeric(15,2)`); `cast` names the bare type (`bpchar`, where `character` would mean one letter).
 * Throws UnreadableColumn.
 */
async function typeNames(client: pg.Client, fields: readonly Field[]): Promise<readonly { shown: string; cast: string }[]> {
  const { rows } = await client.query<{ shown: string; cast: string; pseudo: boolean }>(
    `SELECT format_type(id, nullif(modifier, -1)) AS shown, format_type(id, -1) AS cast, typtype = 'p' AS pseudo
     FROM unnest($1::oid[], $2::integer[]) WITH ORDINALITY AS field(id, modifier, position) JOIN pg_catalog.pg_type ON oid = id ORDER BY position`,
    [fields.map(({ typeId }) => typeId), fields.map(({ typeModifier }) => typeModifier)]);
  const unreadable = rows.findIndex(({ pseudo }) => pseudo);
  if (unreadable >= 0) throw new UnreadableColumn(`the column ${fields[unreadable]!.name} has the type ${rows[unreadable]!.shown}, which has no values of its own: cast it to text`);
  return rows;
}

function cut(rows: readonly (readonly JsonValue[])[], bytes: number): readonly (readonly JsonValue[])[] {
  let left = bytes;
  const end = rows.findIndex((row) => (left -= Buffer.byteLength(JSON.stringify(row)) + 1) < 0);
  return end < 0 ? rows : rows.slice(0, end);
}

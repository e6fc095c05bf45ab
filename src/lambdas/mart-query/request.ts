// What mart-query is asked, checked before the database is.
import * as z from 'zod';

export const MAX_ROWS = 10_000;

export interface QueryRequest {
  readonly sql: string;
  readonly maxRows: number;
}

/** The request is not one that could be answered. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

const schema = z.strictObject({
  sql: z.string().max(100_000).refine((sql) => sql.trim() !== '', 'there is no statement'),
  maxRows: z.int().min(1).max(MAX_ROWS).default(1_000),
});

/** `maxRows` is 1,000 unless given. Throws BadRequest, which never quotes the SQL. */
export function parseRequest(event: unknown): QueryRequest {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new BadRequest(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`).join('; '));
}

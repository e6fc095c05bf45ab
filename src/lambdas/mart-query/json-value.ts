// PostgreSQL's text of a value as JSON that loses nothing (docs/contracts.md §8). The session's settings are those of
// run-query.ts: time zone UTC, DateStyle ISO, IntervalStyle iso_8601. Pure.

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

const BOOL = 16;
const INT2 = 21;
const INT4 = 23;
const OID = 26;
const JSON_TYPE = 114;
const FLOAT4 = 700;
const FLOAT8 = 701;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const JSONB = 3802;

/** Types that are not listed stay text: bigint, numeric, date, time, uuid, bytea, arrays and so on. */
export function jsonValue(typeId: number, text: string | null): JsonValue {
  if (text === null) return null;
  switch (typeId) {
    case BOOL:
      return text === 't';
    case INT2:
    case INT4:
    case OID:
      return Number(text);
    case FLOAT4:
    case FLOAT8:
      // JSON has no NaN and no Infinity.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case TIMESTAMP:
      return text.replace(' ', 'T');
    case TIMESTAMPTZ:
      return text.replace(' ', 'T').replace(/\+00$/, 'Z');
    case JSON_TYPE:
    case JSONB:
      return jsonOf(text);
    default:
      return text;
  }
}

/** Numbers in a document that a double would change become strings, like bigint and numeric do. */
function jsonOf(text: string): JsonValue {
  const keep = (_key: string, value: JsonValue, { source = '' }: { source?: string } = {}): JsonValue =>
    (typeof value === 'number' && (Math.abs(value) > Number.MAX_SAFE_INTEGER || source.replace(/e.*$/i, '').replaceAll(/\D/g, '').length > 15) ? source : value);
  // The third argument, the number as it was written, is newer than the type declarations.
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown) as JsonValue;
}

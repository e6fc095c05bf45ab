import type pg from 'pg';
import { DatabaseUnavailable } from '../../../src/lambdas/database.js';
import { type Deps, handle } from '../../../src/lambdas/mart-query/handler.js';
import { captureLog } from '../support/log-lines.js';
import { type Mart, startMart } from '../support/mart.js';

const log = captureLog();
let mart: Mart;
beforeAll(async () => {
  mart = await startMart();
  await mart.sql(`SET ROLE mart_writer;
    CREATE TABLE mart.orders (id bigint PRIMARY KEY, total numeric(15,2), placed date, note text);
    INSERT INTO mart.orders SELECT n, n * 1.25, date '2026-01-01' + n, 'note ' || n FROM generate_series(1, 50) AS n;
    CREATE TABLE staging.secret (word text); INSERT INTO staging.secret VALUES ('hunter2')`);
});
afterAll(async () => { await mart.stop(); });

const limits = { statementTimeoutMs: 30_000, answerBytes: 5_000_000 };
const deps = (more: Partial<Deps['limits']> = {}): Deps => ({ limits: { ...limits, ...more }, withClient: (work) => mart.connected({ statementTimeoutMs: 30_000 }, work) });
const query = (sql: string, more: { maxRows?: unknown } = {}) => handle(deps(), { sql, ...more }) as Promise<any>;
const count = async () => (await mart.sql('SELECT count(*)::int AS n FROM mart.orders'))[0];

describe('a query', () => {
  it('answers columns, types and rows as JSON that loses nothing', async () => {
    expect(await query('SELECT * FROM mart.orders ORDER BY id LIMIT 2;')).toEqual({
      columns: [{ name: 'id', type: 'bigint' }, { name: 'total', type: 'numeric(15,2)' }, { name: 'placed', type: 'date' }, { name: 'note', type: 'text' }],
      rows: [['1', '1.25', '2026-01-02', 'note 1'], ['2', '2.50', '2026-01-03', 'note 2']],
      truncated: false,
    });
  });

  it.each([
    ['true', 'boolean', true], ['7::smallint', 'smallint', 7], ['7', 'integer', 7], ['9007199254740993', 'bigint', '9007199254740993'], ['0.10', 'numeric', '0.10'],
    ['0.1::float8', 'double precision', 0.1], ["'NaN'::float8", 'double precision', 'NaN'], ["'-Infinity'::float4", 'real', '-Infinity'], ["'NaN'::numeric", 'numeric', 'NaN'],
    ["date '2026-11-23'", 'date', '2026-11-23'], ["time '10:11:12.5'", 'time without time zone', '10:11:12.5'],
    ["timestamp '2026-11-23 10:11:12.123456'", 'timestamp without time zone', '2026-11-23T10:11:12.123456'],
    ["timestamptz '2026-11-23 10:11:12.5+02'", 'timestamp with time zone', '2026-11-23T08:11:12.5Z'], ["'infinity'::timestamptz", 'timestamp with time zone', 'infinity'],
    ["interval '1 day 2 hours'", 'interval', 'P1DT2H'], ["'a'::char(3)", 'character(3)', 'a  '], ["'a'::varchar(9)", 'character varying(9)', 'a'], ["'x'", 'text', 'x'],
    ["'\\x00ff'::bytea", 'bytea', '\\x00ff'], ['ARRAY[1,2]', 'integer[]', '{1,2}'], ['NULL', 'text', null], ["'{\"a\": [1, 1.5, null]}'::jsonb", 'jsonb', { a: [1, 1.5, null] }],
    ["'{\"n\": 12345678901234567890, \"d\": 0.12345678901234567, \"t\": \"12345678901234567890\"}'::json", 'json', { n: '12345678901234567890', d: '0.12345678901234567', t: '12345678901234567890' }],
    ["'null'::json", 'json', null], ["B'101'", 'bit', '101'], ["'00000000-0000-0000-0000-000000000001'::uuid", 'uuid', '00000000-0000-0000-0000-000000000001'],
  ])('%s is %s %j', async (expression, type, value) => {
    expect(await query(`SELECT ${expression} AS v`)).toEqual({ columns: [{ name: 'v', type }], rows: [[value]], truncated: false });
  });

  it('takes names that are there twice, no rows, and every statement that reads', async () => {
    expect(await query('SELECT 1 AS a, 2 AS a WHERE false')).toEqual({ columns: [{ name: 'a', type: 'integer' }, { name: 'a', type: 'integer' }], rows: [], truncated: false });
    expect((await query("VALUES (1, 'b')")).rows).toEqual([[1, 'b']]);
    expect((await query('TABLE orders')).rows).toHaveLength(50);
    expect((await query('WITH x AS (SELECT 1) SELECT * FROM x -- a comment at the end')).rows).toEqual([[1]]);
    expect((await query('EXPLAIN SELECT * FROM mart.orders')).columns).toEqual([{ name: 'QUERY PLAN', type: 'text' }]);
    expect((await query('SELECT run_id FROM audit.job_runs')).rows).toEqual([]);
  });

  it('runs as lake_reader', async () => {
    expect((await query('SELECT current_user, session_user')).rows).toEqual([['lake_reader', 'lake_owner']]);
  });

  it('says when there were more rows than were asked for', async () => {
    expect(await query('SELECT id FROM mart.orders', { maxRows: 49 })).toMatchObject({ truncated: true, rows: { length: 49 } });
    expect(await query('SELECT id FROM mart.orders', { maxRows: 50 })).toMatchObject({ truncated: false, rows: { length: 50 } });
  });

  it('reads no more rows than it answers', async () => {
    const started = Date.now();
    expect(await query("SELECT generate_series(1, 2000000000)", { maxRows: 10 })).toMatchObject({ truncated: true, rows: { length: 10 } });
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  it('keeps within what a Lambda can answer', async () => {
    const answer = await handle(deps({ answerBytes: 10_000 }), { sql: "SELECT repeat('é', 1000) FROM generate_series(1, 50)" }) as any;
    expect(answer.truncated).toBe(true);
    expect(answer.rows).toHaveLength(4);
    expect(Buffer.byteLength(JSON.stringify(answer.rows))).toBeLessThan(10_000);
  });
});

describe('a refusal', () => {
  const writes = [
    ['INSERT INTO mart.orders (id) VALUES (99)', 'NOT_A_QUERY'], ['DELETE FROM mart.orders', 'NOT_A_QUERY'], ['DROP TABLE mart.orders', 'NOT_A_QUERY'],
    ['TRUNCATE mart.orders', 'NOT_A_QUERY'], ['CREATE TABLE mart.t (a int)', 'NOT_A_QUERY'], ['CREATE TABLE mart.t AS SELECT 1', 'NOT_A_QUERY'],
    ['SELECT 1 AS a INTO mart.t', 'NOT_A_QUERY'], ['COPY mart.orders TO STDOUT', 'NOT_A_QUERY'], ["DO $$ BEGIN DELETE FROM mart.orders; END $$", 'NOT_A_QUERY'],
    ['COMMIT', 'NOT_A_QUERY'], ['ROLLBACK', 'NOT_A_QUERY'], ['SET ROLE lake_owner', 'NOT_A_QUERY'], ['RESET ROLE', 'NOT_A_QUERY'], ['SET TRANSACTION READ WRITE', 'NOT_A_QUERY'],
    ['', 'BAD_REQUEST'], ['  \n', 'BAD_REQUEST'], [';', 'NOT_A_QUERY'], ['-- nothing', 'NOT_A_QUERY'],
    ["INSERT INTO mart.orders (id) VALUES (99) RETURNING id", 'READ_ONLY'], ['UPDATE mart.orders SET total = 0 RETURNING id', 'READ_ONLY'],
    ['WITH gone AS (DELETE FROM mart.orders RETURNING id) SELECT * FROM gone', 'READ_ONLY'], ['EXPLAIN ANALYZE DELETE FROM mart.orders', 'READ_ONLY'],
    ['SELECT * FROM mart.orders FOR UPDATE', 'READ_ONLY'], ["SELECT nextval('public.schema_migrations_id_seq')", 'PERMISSION_DENIED'],
  ] as const;

  it.each(writes)('of what does not read: %s', async (sql, code) => {
    const before = await count();
    const { error } = await query(sql);
    expect({ sql, code: error?.code }).toEqual({ sql, code });
    expect(await count()).toEqual(before);
  });

  it.each([
    'COMMIT; DROP TABLE mart.orders', 'SELECT 1; DROP TABLE mart.orders', 'SELECT 1; COMMIT; DROP TABLE mart.orders; SELECT 2', 'ROLLBACK; BEGIN; DELETE FROM mart.orders; COMMIT; SELECT 1',
    "SELECT 1;; SELECT 2", "SELECT '; DROP TABLE mart.orders; --'; DELETE FROM mart.orders",
  ])('of more than one statement: %s', async (sql) => {
    expect((await query(sql)).error).toEqual({ code: 'SYNTAX_ERROR', message: 'cannot insert multiple commands into a prepared statement' });
    expect(await count()).toEqual({ n: 50 });
  });

  it('of ways out of the text of the statement', async () => {
    for (const sql of ['SELECT 1) AS x; DROP TABLE mart.orders; --', '/* SELECT 1', "SELECT '", 'SELECT $1', 'SELECT 1 AS t(c0 int)']) expect((await query(sql)).error).toBeDefined();
    expect((await query("SELECT $q$ '); DROP TABLE mart.orders; -- $q$ AS v")).rows).toEqual([[" '); DROP TABLE mart.orders; -- "]]);
    expect(await count()).toEqual({ n: 50 });
  });

  it.each([
    "SELECT set_config('role', 'lake_owner', true)", "SELECT set_config('role', 'none', false), query_to_xml('SELECT * FROM staging.secret', true, false, '')",
    "SELECT set_config('session_authorization', 'lake_owner', true)", "SELECT set_config('ro' || 'le', 'mart_writer', true) FROM mart.orders",
  ])('of ways out of the role: %s', async (sql) => {
    const { error } = await query(sql);
    expect(error.message).toMatch(/cannot set parameter "(role|session_authorization)" within security-definer function/);
  });

  it('of ways out of the transaction', async () => {
    const { error } = await query("SELECT set_config('transaction_read_only', 'off', true)");
    expect(error.message).toContain('transaction read-write mode must be set before any query');
    expect((await query("SELECT set_config('default_transaction_read_only', 'off', false), query_to_xml('DELETE FROM mart.orders RETURNING 1', true, false, '')")).error).toBeDefined();
    expect(await count()).toEqual({ n: 50 });
  });

  it('of what a reader may not see', async () => {
    for (const sql of ['SELECT * FROM staging.secret', "SELECT query_to_xml('SELECT * FROM staging.secret', true, false, '')", "SELECT pg_read_file('/etc/passwd')", 'SELECT rolpassword FROM pg_authid']) {
      expect((await query(sql)).error).toMatchObject({ code: 'PERMISSION_DENIED' });
    }
    expect((await query('SELECT pg_terminate_backend(pg_backend_pid() + 1)')).rows).not.toEqual([[true]]);
  });

  it('of more rows than there may be', async () => {
    for (const maxRows of [0, -1, 10_001, 1.5, '10', null]) expect((await query('SELECT 1', { maxRows })).error).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('maxRows') });
    expect(await handle(deps(), { sql: 'SELECT 1', role: 'owner' })).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    expect(await handle(deps(), null)).toMatchObject({ error: { code: 'BAD_REQUEST' } });
  });

  it('of types that have no values', async () => {
    expect((await query('SELECT 1, pg_sleep(20) AS nap')).error).toEqual({ code: 'NOT_SUPPORTED', message: 'the column nap has the type void, which has no values of its own: cast it to text' });
    expect((await query('SELECT ROW(1, 2) AS r')).error).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect((await query('SELECT ROW(1, 2)::text AS r')).rows).toEqual([['(1,2)']]);
  });

  it('of a statement that takes too long, however it tries to buy time', async () => {
    for (const sql of ['SELECT pg_sleep(20)::text', "SELECT set_config('statement_timeout', '0', true), pg_sleep(20)::text", 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b']) {
      const started = Date.now();
      expect(await handle(deps({ statementTimeoutMs: 300 }), { sql })).toMatchObject({ error: { code: 'TIMEOUT', message: 'canceling statement due to statement timeout' } });
      expect(Date.now() - started).toBeLessThan(8_000);
    }
  });

  it.each([
    ['SELEC 1', 'SYNTAX_ERROR', 'syntax error at or near "SELEC"'], ['SELECT * FROM mart.nothing', 'UNDEFINED_TABLE', 'relation "mart.nothing" does not exist'],
    ['SELECT totl FROM mart.orders', 'UNDEFINED_COLUMN', 'hint: Perhaps you meant'], ['SELECT 1/0', 'SQL_22012', 'division by zero'], ["SELECT 'a'::int", 'SQL_22P02', 'invalid input syntax'],
  ])('in the words of PostgreSQL: %s', async (sql, code, words) => {
    expect((await query(sql)).error).toEqual({ code, message: expect.stringContaining(words) });
  });

  it('without a word about the machinery, and without the SQL in the log', async () => {
    const failing = (reason: Error): Deps => ({ limits, withClient: () => Promise.reject(reason) });
    expect(await handle(failing(new DatabaseUnavailable('the data mart at db.internal:5432 …')), { sql: 'SELECT 1' })).toEqual({ error: { code: 'DATABASE_UNAVAILABLE', message: 'the data mart cannot be reached; try again in a minute' } });
    expect(await handle(failing(new Error('secret hunter2')), { sql: 'SELECT 1' })).toEqual({ error: { code: 'INTERNAL', message: 'the query could not be run; the log of the function says why' } });
    await query("SELECT 'personal data'");
    await query("SELECT 'personal data' + 1");
    expect(log.text()).not.toContain('personal data');
  });
});

describe('audit.read_rows', () => {
  it('runs nothing outside a read-only transaction, and for nobody else', async () => {
    await expect(mart.connected({ role: 'lake_reader' }, (client: pg.Client) => client.query("SELECT * FROM audit.read_rows('SELECT 1', 1) AS t(a int)"))).rejects.toThrow('needs a read-only transaction');
    await expect(mart.connected({ role: 'audit_writer' }, (client: pg.Client) => client.query("SELECT * FROM audit.read_rows('SELECT 1', 1) AS t(a int)"))).rejects.toMatchObject({ code: '42501' });
  });
});

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDatabase } from '../../../src/lambdas/database.js';
import { migrate } from '../../../src/lambdas/mart-migrations/migrate.js';
import { createDatabase, startPostgres, type TestPostgres } from '../../support/postgres.js';
import { captureLog } from '../support/log-lines.js';
import { MIGRATIONS, secretOf, settingsOf } from '../support/mart.js';

const log = captureLog();
let server: TestPostgres;
beforeAll(async () => { server = await startPostgres(); });
afterAll(async () => { await server.stop(); });

const NAMES = ['0001_roles-and-schemas', '0002_job-runs', '0003_read-only-queries'];
const migrated = (database: string, directory = MIGRATIONS) => withDatabase(settingsOf(server, database), secretOf(server),
  { applicationName: 'test', patienceMs: 5_000, statementTimeoutMs: 10_000 }, (client) => migrate(client, directory));
const rows = (database: string, sql: string, role?: 'audit_writer' | 'lake_reader') => withDatabase(settingsOf(server, database), secretOf(server),
  { applicationName: 'test', patienceMs: 5_000, statementTimeoutMs: 10_000, role }, async (client) => (await client.query(sql)).rows);

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** The migrations with more files, in a folder of their own. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dlp-migrations-'));
  folders.push(folder);
  await cp(MIGRATIONS, folder, { recursive: true });
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return folder;
}

describe('migrate', () => {
  it('applies each migration once, as a user who is no superuser', async () => {
    expect(await migrated('mart')).toEqual(NAMES);
    expect(await migrated('mart')).toEqual([]);
    expect(await rows('mart', 'SELECT name FROM public.schema_migrations ORDER BY id')).toEqual(NAMES.map((name) => ({ name })));
    expect(await rows('mart', 'SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user')).toEqual([{ rolsuper: false, rolcreaterole: true }]);
    expect(log.lines().map(({ name }) => name)).toEqual(NAMES);
  });

  it('finds the roles of another database of the server', async () => {
    await createDatabase(server, 'second');
    expect(await migrated('second')).toEqual(NAMES);
  });

  it('is done by one of four that run at once, and the others wait for it', async () => {
    await createDatabase(server, 'race');
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrated('race')));
    expect(applied.map((names) => names.length).sort()).toEqual([0, 0, 0, 3]);
  });

  it('applies what is new, and leaves nothing of a migration that fails', async () => {
    await createDatabase(server, 'later');
    await migrated('later');
    const broken = await folderWith({ '0004_broken.sql': 'CREATE TABLE mart.half (a int); SELECT 1/0;', '0005_never.sql': 'CREATE TABLE mart.never (a int);' });
    await expect(migrated('later', broken)).rejects.toThrow('migration 0004_broken: division by zero (22012)');
    expect(await rows('later', "SELECT tablename FROM pg_tables WHERE schemaname = 'mart'")).toEqual([]);
    const mended = await folderWith({ '0004_mended.sql': 'CREATE TABLE mart.whole (a int);' });
    expect(await migrated('later', mended)).toEqual(['0004_mended']);
    await Promise.all([rm(broken, { recursive: true }), rm(mended, { recursive: true })]);
  });

  it('does not run a migration that was slipped in before others', async () => {
    await createDatabase(server, 'order_kept');
    await migrated('order_kept');
    const folder = await folderWith({ '0001_a-late.sql': 'SELECT 1;' });
    await expect(migrated('order_kept', folder)).rejects.toThrow('is preceding already run migration');
    await rm(folder, { recursive: true });
  });

  it('writes no SQL to the log', async () => {
    await createDatabase(server, 'quiet');
    const folder = await folderWith({ '0004_secret.sql': "SELECT 'hunter2' / 0;" });
    await expect(migrated('quiet', folder)).rejects.toThrow('0004_secret');
    expect(log.text()).not.toContain('hunter2');
    await rm(folder, { recursive: true });
  });
});

describe('the roles', () => {
  const asWriter = (sql: string) => rows('mart', `SET ROLE mart_writer; ${sql}`);

  it('lets the connecting user be each of them', async () => {
    for (const role of ['mart_writer', 'audit_writer', 'lake_reader']) await expect(rows('mart', `SET ROLE ${role}`)).resolves.toBeDefined();
    expect(await rows('mart', "SELECT rolname FROM pg_roles WHERE rolname IN ('mart_writer','audit_writer','lake_reader') AND rolcanlogin")).toEqual([]);
  });

  it('lets a job make tables that readers see at once, and staging that they do not', async () => {
    await asWriter('CREATE TABLE mart.orders (o_orderkey bigint PRIMARY KEY); INSERT INTO mart.orders VALUES (7); CREATE UNLOGGED TABLE staging.orders (LIKE mart.orders)');
    expect(await rows('mart', 'SELECT * FROM mart.orders', 'lake_reader')).toEqual([{ o_orderkey: '7' }]);
    await expect(rows('mart', 'SELECT * FROM staging.orders', 'lake_reader')).rejects.toThrow('permission denied for schema staging');
  });

  it.each([
    ['lake_reader', 'INSERT INTO mart.orders VALUES (8)'], ['lake_reader', 'DELETE FROM audit.job_runs'], ['lake_reader', 'CREATE TABLE mart.mine (a int)'],
    ['lake_reader', 'CREATE FUNCTION audit.f() RETURNS int LANGUAGE sql AS \'SELECT 1\''],
    ['audit_writer', 'CREATE TABLE audit.mine (a int)'], ['audit_writer', 'SELECT * FROM mart.orders'], ['audit_writer', 'TRUNCATE audit.job_runs'],
  ] as const)('%s may not: %s', async (role, sql) => {
    await expect(rows('mart', sql, role)).rejects.toMatchObject({ code: '42501' });
  });

  it('lets a job write no ledger', async () => {
    await expect(asWriter('SELECT * FROM audit.job_runs')).rejects.toMatchObject({ code: '42501' });
  });
});

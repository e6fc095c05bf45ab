// The stack Athena: a workgroup nobody can override, the quarantine as a table, and the first queries.
import { describe, expect, test } from '@jest/globals';
import { DAILY_ITEMS, ORDERS } from './fixtures/jobs.js';
import { plain } from './statements.js';
import { environmentOf, synthesize } from './support.js';

const lake = synthesize(environmentOf('dev', { athena: { scanLimitGiB: 3 } }), [ORDERS, DAILY_ITEMS]);

describe('the workgroup', () => {
  const { Name, WorkGroupConfiguration: configuration } = Object.values(lake.resources('Athena', 'AWS::Athena::WorkGroup'))[0]!.Properties;

  test('has the name that users type', () => {
    expect(Name).toBe('dlp-dev');
    lake.template('Athena').hasOutput('WorkGroupName', { Value: 'dlp-dev' });
  });

  test('enforces where results go and how they are encrypted', () => {
    expect(configuration.EnforceWorkGroupConfiguration).toBe(true);
    expect(plain(configuration.ResultConfiguration.OutputLocation)).toBe('s3://<Gold>/athena/');
    expect(configuration.ResultConfiguration.EncryptionConfiguration.EncryptionOption).toBe('SSE_KMS');
    expect(plain(configuration.ResultConfiguration.EncryptionConfiguration.KmsKey)).toBe('<DataKeyArn>');
  });

  test('cancels what scans more than the setting allows, and is measured', () => {
    expect(configuration.BytesScannedCutoffPerQuery).toBe(3 * 1024 ** 3);
    expect(configuration.PublishCloudWatchMetricsEnabled).toBe(true);
  });
});

test('the quarantine is a table of JSON lines with the fields of the contract, under a name that no job can have', () => {
  const { DatabaseName, TableInput: table } = Object.values(lake.resources('Athena', 'AWS::Glue::Table'))[0]!.Properties;
  expect(plain(DatabaseName)).toBe('<Database>');
  expect(table.Name).not.toMatch(/^[a-z]/);
  expect(plain(table.StorageDescriptor.Location)).toBe('s3://<Gold>/quarantine/');
  expect(table.StorageDescriptor.SerdeInfo.SerializationLibrary).toMatch(/JsonSerDe$/);
  expect(table.StorageDescriptor.Columns.map((column: { Name: string; Type: string }) => [column.Name, column.Type]))
    .toEqual([['_raw', 'string'], ['_errors', 'array<string>'], ['_run_id', 'string'], ['_source', 'string']]);
});

describe('the first queries', () => {
  const queries = Object.values(lake.resources('Athena', 'AWS::Athena::NamedQuery')).map(({ Properties }) => Properties);

  test('belong to the workgroup and the database, and come after it', () => {
    for (const query of queries) expect(query).toMatchObject({ WorkGroup: 'dlp-dev', Database: 'dlp_dev_gold' });
    for (const { DependsOn } of Object.values(lake.template('Athena').findResources('AWS::Athena::NamedQuery'))) expect(DependsOn).toContain('WorkGroup');
  });

  test('count the rows of every table once', () => {
    const { QueryString } = queries.find(({ Name }) => Name === 'Rows in each table')!;
    expect(QueryString).toBe(`SELECT 'daily_items' AS "table", count(*) AS "rows" FROM "daily_items"
UNION ALL
SELECT 'orders' AS "table", count(*) AS "rows" FROM "orders"`);
  });

  test('read the quarantine', () => {
    expect(queries.filter(({ QueryString }) => QueryString.includes('"_quarantine"')).map(({ Name }) => Name).sort())
      .toEqual(['Latest rejected rows', 'Rejected rows by job and rule']);
  });

  test('of a lake without jobs count no tables', () => {
    const names = Object.values(synthesize(environmentOf('dev')).resources('Athena', 'AWS::Athena::NamedQuery')).map(({ Properties }) => Properties['Name']);
    expect(names).not.toContain('Rows in each table');
    expect(names).toHaveLength(2);
  });
});

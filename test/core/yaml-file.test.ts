import { configSchema } from '../../src/core/environment.js';
import { DlpError } from '../../src/core/errors.js';
import { jobSchema } from '../../src/core/job.js';
import { readYaml, type Mistake } from '../../src/core/yaml-file.js';

const CONFIG = `version: 1
project: lake
environments:
  dev:
    account: "111111111111"
    region: eu-west-2
`;

function mistakesOf(text: string, schema: Parameters<typeof readYaml>[2] = configSchema): readonly Mistake[] {
  try {
    readYaml(text, 'dlp.yaml', schema);
  } catch (error) {
    expect(error).toBeInstanceOf(DlpError);
    expect((error as DlpError).code).toBe('CONFIG_INVALID');
    return (error as DlpError).details!['mistakes'] as Mistake[];
  }
  throw new Error('nothing was found to be wrong');
}

describe('readYaml', () => {
  it('fills in defaults', () => {
    const { environments } = readYaml(CONFIG, 'dlp.yaml', configSchema);
    expect(environments.dev).toMatchObject({ protect: false, mart: { engine: 'postgres', storageGiB: 50 }, retention: { removal: 'retain' } });
  });

  it('says file, line, column, path, value and what is allowed of a wrong value', () => {
    expect(mistakesOf(`${CONFIG}    retention: { removal: keep }\n`)).toEqual([
      { file: 'dlp.yaml', line: 7, column: 18, path: 'environments.dev.retention.removal', message: '"keep": allowed: retain, destroy' },
    ]);
  });

  it('points at an unknown setting itself, not at its parent', () => {
    expect(mistakesOf(`${CONFIG}    network:\n      zones: 2\n      colour: red\n`)).toEqual([
      { file: 'dlp.yaml', line: 9, column: 7, path: 'environments.dev.network.colour', message: 'unknown setting' },
    ]);
  });

  it('tells a person to put an account number in quotes', () => {
    expect(mistakesOf(CONFIG.replace('"111111111111"', '111111111111'))[0]).toMatchObject({ line: 5, path: 'environments.dev.account', message: '111111111111: expected text; put it in quotes' });
  });

  it('names what is missing', () => {
    expect(mistakesOf(CONFIG.replace('    region: eu-west-2\n', ''))[0]).toMatchObject({ line: 4, path: 'environments.dev.region', message: 'missing: expected string' });
  });

  it('reports every mistake at once', () => {
    expect(mistakesOf(CONFIG.replace('version: 1', 'version: 2').replace('eu-west-2', 'europe'))).toHaveLength(2);
  });

  it('reports broken YAML with its line', () => {
    expect(mistakesOf('version: 1\nproject: [a\n')[0]).toMatchObject({ file: 'dlp.yaml', line: 3 });
  });

  it('chooses the variant of a union that was meant', () => {
    expect(mistakesOf(`${CONFIG}    mart: { engine: aurora, minAcu: 0.3 }\n`)[0]).toMatchObject({ path: 'environments.dev.mart.minAcu' });
    expect(mistakesOf(`${CONFIG}    mart: { engine: oracle }\n`)[0]).toMatchObject({ path: 'environments.dev.mart.engine' });
  });

  it('lets no environment but local live on this machine', () => {
    expect(mistakesOf(`${CONFIG}    local: { port: 4566 }\n`)[0]).toMatchObject({ path: 'environments.dev.local', message: 'unknown setting' });
    const { environments } = readYaml(CONFIG.replace('  dev:', '  local:'), 'dlp.yaml', configSchema);
    expect(environments.local).toMatchObject({ local: { port: 4566, postgresPort: 5466, state: '.dlp/local' } });
  });

  it('refuses an empty file', () => {
    expect(mistakesOf('').map((m) => m.path)).toEqual(['version', 'project', 'environments']);
  });
});

describe('job.yaml', () => {
  const JOB = `name: orders
description: orders
trigger: { event: { prefix: orders/ } }
columns:
  - { name: id, type: bigint, required: true }
  - { name: price, type: "decimal(15,2)" }
  - { name: note, type: string }
key: [id]
target: { table: orders }
`;

  it('accepts a minimal job', () => {
    expect(readYaml(JOB, 'job.yaml', jobSchema)).toMatchObject({ checks: { maxBadRatio: 0.05 }, workers: { type: 'G.1X', count: 2 }, source: { delimiter: ',' } });
  });

  it.each([
    ['key: [id]', 'key: [nothing]', 'key.0', /not a column of this job; columns: id, price, note/],
    ['"decimal(15,2)"', '"decimal(2,15)"', 'columns.1.type', /not more of them behind the point/],
    ['type: string }', 'type: string, format: yyyy }', 'columns.2.format', /format is for dates/],
    ['type: string }', 'type: string, min: 1 }', 'columns.2.min', /has no min/],
    ['type: string }', 'type: date, min: 1 }', 'columns.2.min', /give a date/],
    ['type: bigint,', 'type: bigint, max: "2026-01-01",', 'columns.0.max', /give a number/],
    ['{ table: orders }', '{ table: orders, partitionBy: ["year(day)"] }', 'target.partitionBy.0', /day is not a column/],
    ['target:', 'checks: { sums: [note] }\ntarget:', 'checks.sums.0', /note is string; only int, bigint and decimal add up exactly/],
    ['{ name: note, type: string }', '{ name: id, type: string }', 'columns.2.name', /there twice/],
    ['type: string', 'type: varchar', 'columns.2.type', /one of string, int/],
    ['{ event: { prefix: orders/ } }', '{ schedule: daily }', 'trigger.schedule', /cron/],
    ['{ event: { prefix: orders/ } }', '{ event: { prefix: orders } }', 'trigger.event.prefix', /ends in \//],
    ['name: orders', 'name: Orders', 'name', /lower case/],
  ])('refuses %s → %s', (from, to, path, message) => {
    const [mistake] = mistakesOf(JOB.replace(from, to), jobSchema);
    expect(mistake).toMatchObject({ path });
    expect(mistake!.message).toMatch(message);
  });
});

import { Args, Flags } from '@oclif/core';
import { environmentFlags, LakeCommand } from '../cli/base-command.js';
import { table } from '../cli/table.js';
import type { Table } from '../core/ports.js';

export default class Query extends LakeCommand<Table> {
  static override summary = 'Ask the lake a question in SQL';
  static override description = 'Runs one read-only statement: through Athena over the gold zone, or with --mart in the data mart (PostgreSQL). Changes nothing.';
  static override examples = [
    '<%= config.bin %> query --env local "select count(*) from orders"',
    '<%= config.bin %> query --env local --mart "select o_orderstatus, sum(o_totalprice) from mart.orders group by 1"',
  ];
  static override args = { sql: Args.string({ description: 'one SELECT', required: true }) };
  static override flags = {
    ...environmentFlags,
    mart: Flags.boolean({ summary: 'ask the data mart instead of Athena', env: 'DLP_MART', default: false }),
    'max-rows': Flags.integer({ summary: 'stop after so many rows', env: 'DLP_MAX_ROWS', default: 1000, min: 1, max: 10_000 }),
  };

  protected async execute(): Promise<Table> {
    const { flags, args } = await this.parse(Query);
    const context = await this.open(flags);
    const [{ queryLake }, readers] = await Promise.all([import('../operations/query-lake.js'), context.readers()]);
    return queryLake({ ...readers, sql: args.sql, target: flags.mart ? 'mart' : 'gold', maxRows: flags['max-rows'] });
  }

  protected render({ columns, rows, truncated }: Table): string {
    return table(columns.map((column) => column.name), rows) + (truncated ? '\n… more rows; --max-rows shows more' : '');
  }
}

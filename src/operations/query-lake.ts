// Runs one read-only statement: through Athena over gold, or in the data mart through the lake's query function.
import { DlpError } from '../core/errors.js';
import type { DeployedStacks, Functions, GoldQuery, Table } from '../core/ports.js';

export interface QueryInput {
  readonly sql: string;
  readonly target: 'gold' | 'mart';
  readonly maxRows: number;
  readonly stacks: DeployedStacks;
  readonly functions: Functions;
  readonly gold: GoldQuery;
}

/** @throws LAKE_NOT_DEPLOYED, QUERY_FAILED */
export async function queryLake({ sql, target, maxRows, stacks, functions, gold }: QueryInput): Promise<Table> {
  const read = async (short: string, key: string) => {
    const value = (await stacks.outputs(short))?.[key];
    if (!value) throw new DlpError('LAKE_NOT_DEPLOYED', `the stack ${short} is not deployed`);
    return value;
  };
  if (target === 'gold') {
    const [workGroup, database] = await Promise.all([read('Athena', 'WorkGroupName'), read('Glue', 'GoldDatabaseName')]);
    return gold.query(sql, workGroup, database, maxRows);
  }
  const answer = (await functions.invoke(await read('Lambda', 'MartQueryName'), { sql, maxRows })) as Table | { error: { code: string; message: string } };
  if ('error' in answer) throw new DlpError('QUERY_FAILED', `mart: ${answer.error.message}`, { details: { code: answer.error.code } });
  return answer;
}

// SQL over the gold zone through Athena: start, wait, read the pages.
import { AthenaClient, GetQueryExecutionCommand, GetQueryResultsCommand, StartQueryExecutionCommand, type ColumnInfo, type Datum } from '@aws-sdk/client-athena';
import { DlpError } from '../core/errors.js';
import type { GoldQuery, Table } from '../core/ports.js';
import type { ClientSettings } from './clients.js';

const POLL_MS = { first: 100, most: 2_000 };
const PAGE_ROWS = 1_000;

export class AthenaGoldQuery implements GoldQuery {
  private readonly client: AthenaClient;

  constructor(settings: ClientSettings) {
    this.client = new AthenaClient(settings);
  }

  async query(sql: string, workGroup: string, database: string, maxRows: number): Promise<Table> {
    const { QueryExecutionId } = await this.client.send(new StartQueryExecutionCommand({ QueryString: sql, WorkGroup: workGroup, QueryExecutionContext: { Database: database } }));
    await this.finished(QueryExecutionId!);
    return this.read(QueryExecutionId!, maxRows);
  }

  private async finished(id: string): Promise<void> {
    for (let wait = POLL_MS.first; ; wait = Math.min(wait * 1.5, POLL_MS.most)) {
      const { QueryExecution } = await this.client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      const state = QueryExecution?.Status?.State;
      if (state === 'SUCCEEDED') return;
      if (state === 'FAILED' || state === 'CANCELLED') {
        throw new DlpError('QUERY_FAILED', `athena: ${QueryExecution?.Status?.StateChangeReason ?? state.toLowerCase()}`, { details: { queryExecutionId: id } });
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  private async read(id: string, maxRows: number): Promise<Table> {
    const rows: unknown[][] = [];
    let columns: ColumnInfo[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: token, MaxResults: PAGE_ROWS }));
      columns = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? columns;
      // The first row of the first page of a SELECT is the header.
      const data = (page.ResultSet?.Rows ?? []).slice(token ? 0 : 1);
      rows.push(...data.map((row) => (row.Data ?? []).map((datum, i) => toValue(datum, columns[i]?.Type))));
      token = page.NextToken;
    } while (token && rows.length <= maxRows);
    return { columns: columns.map((c) => ({ name: c.Name ?? '', type: c.Type ?? '' })), rows: rows.slice(0, maxRows), truncated: rows.length > maxRows };
  }
}

/** Athena sends text; what a JSON number holds exactly becomes one. */
function toValue(datum: Datum, type: string | undefined): unknown {
  const text = datum.VarCharValue;
  if (text === undefined) return null;
  if (type === 'boolean') return text === 'true';
  if (/^(tinyint|smallint|integer|int|float|double|real)$/i.test(type ?? '')) return Number(text);
  return text;
}

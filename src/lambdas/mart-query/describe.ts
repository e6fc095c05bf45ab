// Asks PostgreSQL what a statement would return, without running it: Parse and Describe of the extended protocol.
// Parse takes one statement only, so "COMMIT; DROP TABLE x" ends here with a syntax error of the server itself.
import type pg from 'pg';

export interface Field {
  readonly name: string;
  readonly typeId: number;
  readonly typeModifier: number;
}

/** The columns of the result; null when the statement returns no rows (COMMIT, SET, INSERT, CREATE …, or nothing at all). */
export async function describeStatement(client: pg.Client, sql: string): Promise<readonly Field[] | null> {
  return await new Promise((resolve, reject) => {
    client.query(new DescribeOnly(sql, resolve, reject));
  });
}

/** A query as node-postgres sees it: it submits messages and is handed those that come back. */
class DescribeOnly implements pg.Submittable {
  private fields: readonly Field[] | null = null;

  constructor(
    private readonly sql: string,
    private readonly resolve: (fields: readonly Field[] | null) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  submit(connection: pg.Connection): void {
    // The declared second parameter is of an older pg.
    connection.parse({ name: '', text: this.sql, types: [] }, false);
    connection.describe({ type: 'S', name: '' }, false);
    connection.sync();
  }

  handleRowDescription(message: { fields: readonly pg.FieldDef[] }): void {
    this.fields = message.fields.map(({ name, dataTypeID, dataTypeModifier }) => ({ name, typeId: dataTypeID, typeModifier: dataTypeModifier }));
  }

  handleError(error: Error): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve(this.fields);
  }
}

"""The job's table in the mart: one transaction turns it from before the batch to after it, every row counted."""

import json
from contextlib import contextmanager, suppress

import boto3

from .columns import as_figures, mart_figures, quote
from .postgres import Postgres, PostgresError
from .steps import log

WRITER_ROLE = "mart_writer"


def connect(spark, args, client=None):
    """Postgres of the mart, as the role that writes there. The secret is JSON with username and password."""
    answer = (client or boto3.client("secretsmanager")).get_secret_value(SecretId=args.mart_secret)
    secret = json.loads(answer["SecretString"])
    postgres = Postgres(spark, args.mart_url, secret["username"], secret["password"], f"dlp {args.job}")
    postgres.use_role(WRITER_ROLE)
    return postgres


class MartTable:
    """mart.<table> of one job and staging.<table>_<batch> of one batch. `columns` are TableColumns."""

    def __init__(self, postgres, table, columns, key, batch_id):
        self._postgres, self._columns, self._key = postgres, columns, key
        self._table = table
        self.name = f"mart.{quote(table)}"
        # PostgreSQL cuts names at 63 characters.
        self.staging = f"staging.{quote(f'{table[:38]}_{batch_id[:24]}')}"

    @contextmanager
    def locked(self):
        """One run at a time between reading gold and committing the mart: two batches that took turns in between would
        leave the two tables with different winners. Ends with the connection, so a crash leaves no lock."""
        lock = f"hashtextextended('dlp mart {self._table}', 0)"
        if self._postgres.rows(f"SELECT pg_try_advisory_lock({lock})") != [["t"]]:
            log(f"waiting for another run that writes {self.name}")
            self._postgres.rows(f"SELECT pg_advisory_lock({lock})")
        try:
            yield
        finally:
            with suppress(PostgresError):
                self._postgres.rows(f"SELECT pg_advisory_unlock({lock})")

    def ensure(self):
        """Makes the table when it is absent and adds columns that are new. Raises ValueError when a column's type or
        the key is not that of the job."""
        wanted = {column.name: column.mart_type for column in self._columns}
        there = self._existing_columns()
        if not there:
            fields = ", ".join(f"{quote(name)} {kind}" for name, kind in wanted.items())
            self._postgres.execute(f"CREATE TABLE {self.name} ({fields}, PRIMARY KEY ({self._names(self._key)}))")
            return
        changed = [f"{name} is {there[name]} in the mart and {kind} in the job"
                   for name, kind in wanted.items() if there.get(name, kind) != kind]
        key = self._existing_key()
        if sorted(key) != sorted(self._key):
            changed.append(f"its key is ({', '.join(key)}) and the job's ({', '.join(self._key)})")
        if changed:
            raise ValueError(f"table {self.name}: {'; '.join(changed)}; alter the table or use another one")
        for name in [name for name in wanted if name not in there]:
            self._postgres.execute(f"ALTER TABLE {self.name} ADD COLUMN {quote(name)} {wanted[name]}")
            log(f"added to {self.name}: {name} {wanted[name]}")

    def _existing_columns(self):
        return dict(self._postgres.rows(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            f"WHERE attrelid = to_regclass('{self.name}') AND attnum > 0 AND NOT attisdropped ORDER BY attnum"))

    def _existing_key(self):
        return [row[0] for row in self._postgres.rows(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
            f"WHERE i.indrelid = to_regclass('{self.name}') AND i.indisprimary")]

    @contextmanager
    def staged(self):
        """Drops the staging table at the end; that it cannot (the connection is lost) must not hide why."""
        try:
            yield
        finally:
            with suppress(PostgresError):
                self._drop_staging()

    def stage(self, uri):
        """COPYs the CSV files below `uri` into a new staging table and returns how many rows the server took.
        Unlogged: it is faster, and after a crash of the server the batch is staged again anyway."""
        self._drop_staging()
        fields = ", ".join(f"{quote(column.name)} {column.mart_type}" for column in self._columns)
        self._postgres.execute(f"CREATE UNLOGGED TABLE {self.staging} ({fields})")
        names = self._names(column.name for column in self._columns)
        rows = self._postgres.copy_csv(f"{self.staging} ({names})", uri)
        # Without statistics the planner may join row by row.
        self._postgres.execute(f"ANALYZE {self.staging}")
        return rows

    def _drop_staging(self):
        self._postgres.execute(f"DROP TABLE IF EXISTS {self.staging}")

    @contextmanager
    def transaction(self):
        """Commits at the end, or leaves the mart as it was when anything in it raises."""
        self._postgres.begin()
        try:
            yield
        except BaseException:
            self._postgres.rollback()
            raise
        self._postgres.commit()

    def upsert(self):
        """Staging into the table; {"inserted", "updated", "unchanged"}, each counted by itself. Rows that are already
        as staged are left alone: no dead rows, and `updated` tells what really changed."""
        # Readers go on; another writer waits.
        self._postgres.execute(f"LOCK TABLE {self.name} IN SHARE ROW EXCLUSIVE MODE")
        same_key = " AND ".join(f"m.{quote(name)} = s.{quote(name)}" for name in self._key)
        others = [column.name for column in self._columns if column.name not in self._key]
        differs = "false"
        if others:
            differs = f"({self._names(others, 'm')}) IS DISTINCT FROM ({self._names(others, 's')})"
        unchanged = self._postgres.rows(
            f"SELECT count(*) FROM {self.name} m JOIN {self.staging} s ON {same_key} WHERE NOT ({differs})")
        updated = 0
        if others:
            assign = ", ".join(f"{quote(name)} = s.{quote(name)}" for name in others)
            updated = self._postgres.execute(
                f"UPDATE {self.name} m SET {assign} FROM {self.staging} s WHERE {same_key} AND {differs}")
        names = self._names(column.name for column in self._columns)
        inserted = self._postgres.execute(
            f"INSERT INTO {self.name} ({names}) SELECT {names} FROM {self.staging} s "
            f"WHERE NOT EXISTS (SELECT 1 FROM {self.name} m WHERE {same_key})")
        return {"inserted": inserted, "updated": updated, "unchanged": int(unchanged[0][0])}

    def figures(self, sums):
        """Rows, sums and checksum (`as_figures`) of the rows that the table now holds for the staged keys."""
        using = self._names(self._key)
        wanted = ", ".join(mart_figures(self._columns, sums, "m"))
        keys = f"(SELECT {using} FROM {self.staging})"
        same_key = " AND ".join(f"m.{quote(name)} = s.{quote(name)}" for name in self._key)
        found = self._postgres.rows(f"SELECT {wanted} FROM {self.name} m JOIN {keys} s ON {same_key}")
        return as_figures(found[0], self._columns, sums)

    @staticmethod
    def _names(names, alias=None):
        return ", ".join(f"{alias}.{quote(name)}" if alias else quote(name) for name in names)

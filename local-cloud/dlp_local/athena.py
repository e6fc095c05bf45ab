"""Athena reads Iceberg tables of the Glue catalog through DuckDB, offline; and writes its results where it says.

Touches in `ministack.services.athena`: `_run_duckdb` (wrapped), `_start_query_execution`, `_save_query_results`,
`_table_references`, `_materialize_table_files`, `_table_relation`, `_empty_relation`, `_DUCKDB_TYPE_MAP`.
"""

import asyncio
import csv
import io
import re
import shutil
from urllib.parse import urlparse

import duckdb
from duckdb_extensions import import_extension
from ministack.core.responses import error_response_json
from ministack.services import athena, glue, s3

from .seam import need, replace
from .settings import Settings

_EXTENSIONS = ("avro", "httpfs", "iceberg")
_settings: Settings | None = None


class QueryError(Exception):
    """Its message is the query's StateChangeReason."""


def install(settings: Settings) -> None:
    global _settings
    _settings = settings
    need(athena, "_table_references", "_materialize_table_files", "_table_relation", "_empty_relation", "_DUCKDB_TYPE_MAP",
         "_executions", "_workgroups")
    need(glue, "_tables", "_databases")
    replace(athena, "_run_duckdb", _run)
    replace(athena, "_start_query_execution", _checked)
    replace(athena, "_save_query_results", lambda _: _save)


def _checked(start):
    def start_query_execution(data):
        workgroup = data.get("WorkGroup", "primary")
        if workgroup not in athena._workgroups:
            return error_response_json("InvalidRequestException", f"WorkGroup {workgroup} is not found.", 400)
        return start(data)

    return start_query_execution


def _run(original):
    async def run_duckdb(query, database, catalog=None):
        listing = _listing(query, database)
        if listing:
            return listing
        tables = _tables_of(query, database)
        if not any(_is_iceberg(table) for table in tables.values()):
            return await original(query, database, catalog)
        return await asyncio.to_thread(_execute, query, database, tables)

    return run_duckdb


def _tables_of(query, database) -> dict[tuple[str, str], dict]:
    tables = {}
    for reference in athena._table_references(query):
        name = (reference.database or database or "default", reference.table)
        table = glue._tables.get("/".join(name))
        if table is None and reference.database != "information_schema":
            raise QueryError(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{name[0]}.{name[1]}' does not exist")
        if table is not None:
            tables[name] = table
    return tables


def _is_iceberg(table: dict) -> bool:
    return (table.get("Parameters") or {}).get("table_type", "").upper() == "ICEBERG"


def _execute(query, database, tables) -> dict:
    """Each table becomes a view of its own name in its own schema, so that the query runs as it was written."""
    workdirs: list[str] = []
    with duckdb.connect(":memory:") as connection:
        try:
            _prepare(connection)
            connection.execute("ATTACH ':memory:' AS awsdatacatalog; USE awsdatacatalog")
            for schema in {name[0] for name in tables} | {database or "default"}:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
            for name, table in tables.items():
                view = ".".join(map(_quoted, name))
                connection.execute(f"CREATE VIEW {view} AS SELECT * FROM {_relation(table, workdirs)}")
            connection.execute(f"USE awsdatacatalog.{_quoted(database or 'default')}")
            return _fetch(connection, query)
        except duckdb.Error as error:
            raise QueryError(_reason(error)) from error
        finally:
            for workdir in workdirs:
                shutil.rmtree(workdir, ignore_errors=True)


def _prepare(connection) -> None:
    connection.execute(f"SET extension_directory = '{_settings.state}/duckdb'")
    for extension in _EXTENSIONS:
        # The extensions are Python packages; DuckDB itself would download them.
        import_extension(extension, con=connection)
        connection.execute(f"LOAD {extension}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        "CREATE SECRET (TYPE s3, KEY_ID 'test', SECRET 'test', URL_STYLE 'path', USE_SSL false, "
        f"ENDPOINT '127.0.0.1:{_settings.port}', REGION '{_settings.region}')")


def _relation(table: dict, workdirs: list[str]) -> str:
    if _is_iceberg(table):
        return f"iceberg_scan({_literal(table['Parameters']['metadata_location'])})"
    files = athena._materialize_table_files((table.get("StorageDescriptor") or {}).get("Location", ""), workdirs)
    return athena._table_relation(table, files) if files else athena._empty_relation(table)


def _fetch(connection, query) -> dict:
    relation = connection.sql(query.rstrip().rstrip(";"))
    if relation is None:
        raise QueryError("NOT_SUPPORTED: the local Athena only reads")
    types = [str(kind).upper() for kind in relation.types]
    # Times with a zone as Athena prints them; Python would want another package only to hold them.
    columns = [f"strftime({_quoted(name)}::TIMESTAMP, '%Y-%m-%d %H:%M:%S.%f UTC')" if "TIME ZONE" in kind else
               f"strftime({_quoted(name)}, '%Y-%m-%d %H:%M:%S.%g')" if kind == "TIMESTAMP" else
               _quoted(name) for name, kind in zip(relation.columns, types)]
    rows = relation.project(", ".join(columns)).fetchall() if columns else []
    return {
        "columns": relation.columns,
        "column_types": [_athena_type(kind) for kind in types],
        "rows": [list(row) for row in rows],
    }


def _athena_type(kind: str) -> str:
    if "TIME ZONE" in kind:
        return "timestamp with time zone"
    return athena._DUCKDB_TYPE_MAP.get(kind.split("(")[0].strip(), "varchar")


def _reason(error: Exception) -> str:
    first = str(error).strip().splitlines()[0]
    code = "COLUMN_NOT_FOUND" if "Referenced column" in first else "SYNTAX_ERROR" if "Parser Error" in first else "GENERIC_USER_ERROR"
    return f"{code}: {first}"


_SHOW = re.compile(r"^\s*show\s+(tables|databases|schemas)(?:\s+(?:in|from)\s+[\"`]?(\w+)[\"`]?)?\s*;?\s*$", re.I)
_DESCRIBE = re.compile(r"^\s*describe\s+(?:[\"`]?(\w+)[\"`]?\.)?[\"`]?(\w+)[\"`]?\s*;?\s*$", re.I)


def _listing(query, database) -> dict | None:
    """What the console and `dlp` use to look around; DuckDB would list its own tables."""
    show, describe = _SHOW.match(query), _DESCRIBE.match(query)
    if show and show.group(1).lower() == "tables":
        prefix = f"{show.group(2) or database or 'default'}/"
        return _column("tab_name", sorted(key.removeprefix(prefix) for key in glue._tables if key.startswith(prefix)))
    if show:
        return _column("database_name", sorted(glue._databases))
    if describe:
        name = (describe.group(1) or database or "default", describe.group(2))
        table = glue._tables.get("/".join(name))
        if table is None:
            raise QueryError(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{name[0]}.{name[1]}' does not exist")
        columns = [*table["StorageDescriptor"].get("Columns", []), *table.get("PartitionKeys", [])]
        return _column("col_name", [f"{column['Name']}\t{column['Type']}" for column in columns])
    return None


def _column(name: str, values: list[str]) -> dict:
    return {"columns": [name], "column_types": ["string"], "rows": [[value] for value in values]}


async def _save(query_id) -> None:
    """The results at the OutputLocation of the execution; MiniStack takes it for a directory and adds the name again."""
    execution = athena._executions.get(query_id)
    results, location = execution["_results"], urlparse(execution["ResultConfiguration"]["OutputLocation"])
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(results["columns"])
    writer.writerows(results["rows"])
    body = text.getvalue().encode()
    answer = s3._put_object(location.netloc, location.path.lstrip("/"), body,
                            {"content-type": "application/octet-stream", "content-length": str(len(body))})
    if isinstance(answer, tuple) and answer[0] >= 300:
        raise QueryError(f"Unable to write results to {execution['ResultConfiguration']['OutputLocation']}: {answer[2]!r}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

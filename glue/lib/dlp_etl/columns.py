"""The columns of a table, as gold and the mart hold them, and what both engines must agree on about their rows.

Spark and PostgreSQL print dates, doubles and decimals differently; sums and checksums are therefore taken over forms
that both can make exactly: days, microseconds, bits, plain digits.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import functions as F

_MART_TYPES = {
    "string": "text", "int": "integer", "bigint": "bigint", "double": "double precision", "boolean": "boolean",
    "date": "date", "timestamp": "timestamp with time zone",
}
_DECIMAL = re.compile(r"^decimal\((\d+),(\d+)\)$")
# BigDecimal prints 0E-7 from a scale of seven on; up to six every value prints as plain digits.
_PLAIN_SCALE = 6


@dataclass(frozen=True)
class TableColumn:
    """`type` is Spark's simple name (decimal(15,2)), `mart_type` what PostgreSQL's format_type() says."""

    name: str
    type: str

    @property
    def mart_type(self):
        match = _DECIMAL.match(self.type)
        return f"numeric({match.group(1)},{match.group(2)})" if match else _MART_TYPES[self.type]

    @property
    def scale(self):
        match = _DECIMAL.match(self.type)
        return int(match.group(2)) if match else 0


def table_columns(frame):
    """TableColumns of a DataFrame, without those that begin with an underscore. Raises ValueError for a type that
    the mart has no equal of."""
    columns = []
    for field in frame.schema.fields:
        kind = field.dataType.simpleString()
        if field.name.startswith("_"):
            continue
        if kind not in _MART_TYPES and not _DECIMAL.match(kind):
            raise ValueError(f"column {field.name!r} is {kind}; a table holds {', '.join(_MART_TYPES)} and decimal")
        columns.append(TableColumn(field.name, kind))
    return columns


def quote(name):
    """An identifier of PostgreSQL."""
    return '"' + name.replace('"', '""') + '"'


def spark_digest(columns):
    """Column: the digest of a row, a decimal. It stands before the figures, because Spark takes the call of a Java method
    for something that may change, and sums up no such thing."""
    row = F.concat(*[
        F.coalesce(F.concat(F.length(text).cast("string"), F.lit(":"), text), F.lit("~"))
        for text in (_spark_text(column) for column in columns)
    ])
    return F.conv(F.substring(F.md5(row), 1, 15), 16, 10).cast("decimal(20,0)")


def spark_figures(columns, sums, digest):
    """Aggregates over a DataFrame: rows, checksum, and sum_<name> for each of `sums`. `digest` names the column that
    holds `spark_digest`."""
    return [
        F.count(F.lit(1)).alias("rows"), F.sum(digest).alias("checksum"),
        *[F.sum(F.col(name).cast(f"decimal(38,{_scale(columns, name)})")).alias(f"sum_{name}") for name in sums],
    ]


def mart_figures(columns, sums, alias):
    """The same three figures as SQL expressions of PostgreSQL, in the same order; `alias` is the table's."""
    row = " || ".join(f"coalesce(char_length({text}) || ':' || {text}, '~')"
                      for text in (_mart_text(column, alias) for column in columns))
    digest = f"('x' || substr(md5({row}), 1, 15))::bit(60)::bigint"
    return ["count(*)", f"sum({digest})", *[f"sum({alias}.{quote(name)}::numeric)" for name in sums]]


def as_figures(values, columns, sums):
    """{"rows": int, "checksum": "digits", "sums": {name: "digits"}} from the values of either engine, in their order."""
    rows, checksum, *totals = values
    return {
        "rows": int(rows),
        "checksum": str(int(Decimal(str(checksum or 0)))),
        "sums": {name: f"{Decimal(str(total or 0)):.{_scale(columns, name)}f}" for name, total in zip(sums, totals)},
    }


def _scale(columns, name):
    return next(column.scale for column in columns if column.name == name)


def _spark_text(column):
    value = F.col(column.name)
    if column.type == "date":
        return F.unix_date(value).cast("string")
    if column.type == "timestamp":
        return F.unix_micros(value).cast("string")
    if column.type == "double":
        # Adding zero makes 0 of -0, which PostgreSQL takes for the same value.
        bits = F.expr(f"java_method('java.lang.Double', 'doubleToLongBits', `{column.name}` + 0.0D)")
        # A null must not reach the Java method, which takes a primitive.
        return F.when(value.isNotNull(), F.lpad(F.lower(F.hex(bits.cast("bigint"))), 16, "0"))
    if column.scale > _PLAIN_SCALE:
        return F.replace(F.format_number(value, column.scale), F.lit(","), F.lit(""))
    return value.cast("string")


def _mart_text(column, alias):
    value = f"{alias}.{quote(column.name)}"
    if column.type == "date":
        return f"({value} - DATE '1970-01-01')::text"
    if column.type == "timestamp":
        return f"(extract(epoch FROM {value}) * 1000000)::bigint::text"
    if column.type == "double":
        return f"encode(float8send({value} + 0), 'hex')"
    return f"{value}::text"

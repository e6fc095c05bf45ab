"""The job spec: job.yaml as the CLI validated it and wrote it as JSON. Reads, and refuses what would go wrong later."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal

_TYPES = re.compile(r"^(string|int|bigint|double|boolean|date|timestamp|decimal\((\d+), ?(\d+)\))$")
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_TRANSFORM = re.compile(r"^(?:(year|month|day|hour)\((\w+)\)|(bucket|truncate)\((\d+), ?(\w+)\)|(\w+))$")
SUMMABLE = re.compile(r"^(int|bigint|decimal\(.*\))$")


@dataclass(frozen=True)
class Column:
    """One column of the source and of the table. `min` and `max` are Decimals, or ISO text for dates and timestamps."""

    name: str
    type: str
    required: bool = False
    min: Decimal | str | None = None
    max: Decimal | str | None = None
    enum: tuple | None = None
    pattern: str | None = None
    max_length: int | None = None
    format: str | None = None


@dataclass(frozen=True)
class Spec:
    """What a job does. `partition_by` holds Spark's spelling of the transforms (years(…), not year(…))."""

    name: str
    columns: tuple
    key: tuple
    order_by: tuple
    delimiter: str
    quote: str
    multi_line: bool
    ignore_extra_columns: bool
    max_bad_ratio: float
    sums: tuple
    table: str
    partition_by: tuple

    @property
    def names(self):
        return [column.name for column in self.columns]


def load_spec(text):
    """Spec from JSON text. Numbers stay exact (0.1 is a Decimal). Raises ValueError naming the wrong part."""
    return spec_from_dict(json.loads(text, parse_float=Decimal))


def spec_from_dict(raw):
    """Spec from the parsed JSON (camelCase keys; what has a default may be absent). Raises ValueError."""
    columns = tuple(_column(item) for item in raw["columns"])
    names = {column.name: column for column in columns}
    if len(names) != len(columns):
        raise ValueError("columns: a name is used twice")
    source, checks, target = raw.get("source") or {}, raw.get("checks") or {}, raw["target"]
    if source.get("format", "csv") != "csv":
        raise ValueError(f"source.format: {source['format']!r} is not csv")
    key, order_by, sums = tuple(raw["key"]), tuple(raw.get("orderBy") or ()), tuple(checks.get("sums") or ())
    if not key:
        raise ValueError("key: at least one column is needed")
    for field, used in (("key", key), ("orderBy", order_by), ("checks.sums", sums)):
        for name in used:
            if name not in names:
                raise ValueError(f"{field}: {name!r} is not a column")
    for name in sums:
        # A sum of doubles depends on the order of the rows, so two engines need not agree on it.
        if not SUMMABLE.match(names[name].type):
            raise ValueError(f"checks.sums: {name!r} is {names[name].type}; only int, bigint and decimal add up exactly")
    return Spec(
        name=raw["name"], columns=columns, key=key, order_by=order_by,
        delimiter=source.get("delimiter", ","), quote=source.get("quote", '"'),
        multi_line=bool(source.get("multiLine", False)),
        ignore_extra_columns=source.get("onExtraColumns", "reject") == "ignore",
        max_bad_ratio=float(checks.get("maxBadRatio", 0.05)), sums=sums,
        table=_checked_name("target.table", target["table"]),
        partition_by=tuple(_transform(item, names) for item in target.get("partitionBy") or ()),
    )


def _column(raw):
    name = _checked_name("columns", raw["name"])
    kind = _TYPES.match(raw["type"])
    if not kind:
        raise ValueError(f"columns: {name}: unknown type {raw['type']!r}")
    if kind.group(2) and not (0 <= int(kind.group(3)) <= int(kind.group(2)) <= 38):
        raise ValueError(f"columns: {name}: {raw['type']} is not a decimal of at most 38 digits")
    if raw.get("format") and raw["type"] not in ("date", "timestamp"):
        raise ValueError(f"columns: {name}: format is for dates and timestamps, not {raw['type']}")
    return Column(
        name=name, type=raw["type"].replace(" ", ""), required=bool(raw.get("required", False)),
        min=_bound(raw.get("min")), max=_bound(raw.get("max")),
        enum=tuple(raw["enum"]) if raw.get("enum") else None,
        pattern=raw.get("pattern"), max_length=raw.get("maxLength"), format=raw.get("format"),
    )


def _bound(value):
    # Written out, because Spark takes no number with a negative scale (1E+6).
    return value if value is None or isinstance(value, str) else Decimal(f"{Decimal(str(value)):f}")


def _checked_name(field, name):
    # Names that start with an underscore are ours (_batch_id, _source).
    if not _NAME.match(name):
        raise ValueError(f"{field}: {name!r} is not a name of lower-case letters, digits and underscores")
    return name


def _transform(text, columns):
    match = _TRANSFORM.match(text.strip())
    if not match:
        raise ValueError(f"target.partitionBy: {text!r} is no partition transform")
    time, time_column, sized, size, sized_column, plain = match.groups()
    column = time_column or sized_column or plain
    if column not in columns:
        raise ValueError(f"target.partitionBy: {column!r} is not a column")
    if time:
        return f"{time}s(`{column}`)"
    return f"{sized}({size}, `{column}`)" if sized else f"`{column}`"

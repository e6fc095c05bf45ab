"""Strings to types, and which rules a row breaks: one bit per rule, so that a row costs a few longs and one pass
gives the rows, the reasons and the counts. Pure; the same with ANSI mode on and off."""

import re
from dataclasses import dataclass

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F

from .read import ENCODING, HEADER, INTERNAL, PARSE, RAW, SOURCE

# Bit 62 is the last one that a signed long can add without trouble.
_RULES_PER_MASK = 62
_RULE_NAME = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
HEADER_RULE = "row.header"

# Spark's casts are generous: "1996" is a date, "T10:00" a timestamp of today, "3.999" a decimal(15,2), "1d" a double.
_DOUBLE = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_INTEGER = r"^[+-]?[0-9]+$"
_TIMESTAMP = (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
              r"(Z|[+-][0-9]{2}:?[0-9]{2})?$")


@dataclass(frozen=True)
class Rule:
    """`broken` is a boolean Column over the checked columns; null counts as not broken, as in a SQL CHECK."""

    name: str
    broken: SparkColumn


def apply_clean(rows, clean):
    """`rows` through the job's clean(df). Raises ValueError when it lost or added columns."""
    cleaned = clean(rows)
    if set(cleaned.columns) != set(rows.columns):
        changed = sorted(set(cleaned.columns) ^ set(rows.columns))
        raise ValueError(f"clean(df) must keep the columns as they are; it changed {', '.join(changed)}")
    return cleaned


def to_types(rows, spec):
    """Strings to the spec's types. A value that does not fit becomes null; `_text_<name>` keeps what it was.
    An empty field is null for every type."""
    texts = rows.select(
        *[_text(column).alias(f"_text_{column.name}") for column in spec.columns], *INTERNAL)
    return texts.select(
        *[_typed(column).alias(column.name) for column in spec.columns],
        *[f"_text_{column.name}" for column in spec.columns], *INTERNAL)


def _text(column):
    value = F.col(column.name)
    value = value if column.type == "string" else F.trim(value)
    return F.when(value != "", value)


def _typed(column):
    name = f"_text_{column.name}"
    text, kind = F.col(name), column.type
    if kind == "string":
        return text
    if column.format:
        parsed = F.expr(f"try_to_timestamp(`{name}`, {_sql_text(column.format)})")
        return _in_range(parsed.cast("date") if kind == "date" else parsed)
    cast = F.expr(f"try_cast(`{name}` as {kind})")
    if kind == "date":
        return _in_range(F.when(cast.cast("string") == text, cast))
    if kind == "timestamp":
        return _in_range(F.when(text.rlike(_TIMESTAMP), cast))
    if kind == "double":
        return F.when(text.rlike(_DOUBLE) & (F.abs(cast) < float("inf")), cast)
    if kind in ("int", "bigint"):
        return F.when(text.rlike(_INTEGER), cast)
    if kind.startswith("decimal"):
        return F.when(text.rlike(_decimal_pattern(kind)), cast)
    return cast


def _decimal_pattern(kind):
    scale = int(kind[:-1].split(",")[1])
    # More digits than the type holds would be rounded away; zeros are no digits.
    return rf"^[+-]?([0-9]+(\.[0-9]{{0,{scale}}}0*)?|\.[0-9]{{1,{max(scale, 1)}}}0*)$"


def _in_range(value):
    """Years 1 to 9999: what Spark, Iceberg, PostgreSQL and Python all can hold."""
    return F.when(F.year(value).between(1, 9999), value)


def _sql_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def rules_for(spec, extra=None):
    """Every Rule of a job: those of the row, those declared per column, and `extra` ({name: Column that is true for a
    good row}). Raises ValueError for a name that is not `<column>.<rule>` or is used twice."""
    rules = [
        Rule(HEADER_RULE, F.col(HEADER)), Rule("row.parse", F.col(PARSE)), Rule("row.encoding", F.col(ENCODING)),
        *[rule for column in spec.columns for rule in _declared(column, column.name in spec.key)],
        *[Rule(name, ~good) for name, good in (extra or {}).items()],
    ]
    seen = set()
    for rule in rules:
        if not _RULE_NAME.match(rule.name) or rule.name.split(".")[0] not in {*spec.names, "row"}:
            raise ValueError(f"rule {rule.name!r} must be named <column>.<rule> or row.<rule>")
        if rule.name in seen:
            raise ValueError(f"rule {rule.name!r} is there twice")
        seen.add(rule.name)
    return rules


def _declared(column, is_key):
    value, text, name = F.col(column.name), F.col(f"_text_{column.name}"), column.name
    if column.required or is_key:
        yield Rule(f"{name}.required", text.isNull() | (F.trim(text) == ""))
    if column.type != "string":
        yield Rule(f"{name}.type", text.isNotNull() & value.isNull())
    if column.min is not None:
        yield Rule(f"{name}.min", value < _literal(column, column.min))
    if column.max is not None:
        yield Rule(f"{name}.max", value > _literal(column, column.max))
    if column.enum is not None:
        yield Rule(f"{name}.enum", ~value.isin([_literal(column, item) for item in column.enum]))
    if column.pattern is not None:
        # The whole value; \\z is its very end, where $ would let a line end follow.
        yield Rule(f"{name}.pattern", ~value.cast("string").rlike(rf"^(?:{column.pattern})\z"))
    if column.max_length is not None:
        yield Rule(f"{name}.length", F.length(value.cast("string")) > column.max_length)


def _literal(column, value):
    """A bound as the column's own type where it is exact, so that 0.1 is not a double and a date not a text."""
    if column.type in ("date", "timestamp", "boolean", "string"):
        return F.lit(str(value).lower() if column.type == "boolean" else str(value)).cast(column.type)
    if column.type == "double":
        return F.lit(float(value))
    whole = column.type in ("int", "bigint") and value == int(value) and abs(value) < 2**63
    return F.lit(int(value)).cast("bigint") if whole else F.lit(value)


def mark(typed, rules, spec):
    """`typed` with one or more mask columns instead of its flags and texts. A header or torn line breaks only that rule:
    what its fields hold is chance. _raw stays for broken rows only, so that good ones do not carry it through."""
    whole = ~(F.col(HEADER) | F.col(PARSE))
    masks = []
    for start in range(0, len(rules), _RULES_PER_MASK):
        mask = F.lit(0).cast("bigint")
        for bit, rule in enumerate(rules[start : start + _RULES_PER_MASK]):
            broken = rule.broken if rule.name in (HEADER_RULE, "row.parse") else whole & rule.broken
            mask = mask.bitwiseOR(F.when(broken, F.lit(1 << bit).cast("bigint")).otherwise(F.lit(0).cast("bigint")))
        masks.append(mask.alias(f"_mask{start // _RULES_PER_MASK}"))
    marked = typed.select(*spec.names, RAW, SOURCE, *masks)
    return marked.withColumn(RAW, F.when(~is_good(rules), F.col(RAW)))


def is_good(rules):
    """Column: no bit is set in any mask."""
    good = F.lit(True)
    for number in range(-(-len(rules) // _RULES_PER_MASK)):
        good = good & (F.col(f"_mask{number}") == 0)
    return good


def breaks(rules, number):
    """Column: the rule with this number is broken."""
    return F.col(f"_mask{number // _RULES_PER_MASK}").bitwiseAND(1 << (number % _RULES_PER_MASK)) != 0


def broken_names(rules):
    """Column: array of the names of the rules a row breaks, in the order of `rules`."""
    return F.array_compact(F.array(*[F.when(breaks(rules, i), F.lit(rule.name)) for i, rule in enumerate(rules)]))


def count_metrics(rules):
    """Aggregates for observe(): rows, good rows, and r<i> per rule."""
    return [
        F.count(F.lit(1)).alias("rows"), F.count(F.when(is_good(rules), 1)).alias("valid"),
        *[F.count(F.when(breaks(rules, i), 1)).alias(f"r{i}") for i in range(len(rules))],
    ]


def check(rows, spec, job):
    """Strings in (`read_rows`), marked rows out, and the rules they were marked by. `job` is JobFunctions."""
    cleaned = apply_clean(rows, job.clean)
    rules = rules_for(spec, job.rules())
    return mark(to_types(cleaned, spec), rules, spec), rules

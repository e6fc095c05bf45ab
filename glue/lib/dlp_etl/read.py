"""Files to rows of strings, every line accounted for. Spark only; knows nothing of types and rules."""

from functools import reduce

from pyspark.sql import functions as F

HEADER, PARSE, ENCODING = "_header", "_parse", "_encoding"
FLAGS = (HEADER, PARSE, ENCODING)
RAW, SOURCE = "_raw", "_source"
INTERNAL = (RAW, SOURCE, *FLAGS)
_CORRUPT = "__corrupt"


def read_rows(spark, files, spec):
    """DataFrame of the spec's columns as strings, plus _raw (the line), _source (the file's URI) and three booleans
    that say whether the row is a header line, has not as many fields as its header, or is not UTF-8.

    Blank lines are not rows. The header lines are in it, one per file, unless `spec.multi_line`.
    Columns are found by name: files whose headers differ in order are read apart and put together.
    """
    groups = {}
    for file in files:
        # A copy no longer carries the name of its source, so it is read alone.
        alone = file.uri if file.read_uri != file.uri else None
        groups.setdefault((file.header, alone), []).append(file)
    read = _read_records if spec.multi_line else _read_lines
    return reduce(lambda one, other: one.unionByName(other), [read(spark, group, spec) for group in groups.values()])


def header_lines(files, spec):
    """How many of the rows of `read_rows` are the headers of the files."""
    return 0 if spec.multi_line else len(files)


def _csv_options(spec):
    # The escape is the quote itself, doubled, as RFC 4180 has it; Spark's own default is a backslash.
    return {"sep": spec.delimiter, "quote": spec.quote, "escape": spec.quote,
            "mode": "PERMISSIVE", "columnNameOfCorruptRecord": _CORRUPT}


def _schema(names):
    return ", ".join(f"`{name.replace('`', '``')}` string" for name in [*names, _CORRUPT])


def _read_lines(spark, files, spec):
    """Each line parsed by itself, so that the line as it stood is at hand for the quarantine."""
    paths = [file.read_uri for file in files]
    header = files[0].header
    lines = spark.read.option("recursiveFileLookup", "true").text(paths)
    raw = F.col("value")
    lines = lines.select(raw.alias(RAW), _source_of(files).alias(SOURCE)).filter(F.trim(F.col(RAW)) != "")
    row = F.from_csv(F.col(RAW), _schema(files[0].names), _csv_options(spec))
    rows = lines.withColumn("_row", row)
    fields = [F.col("_row").getField(name).alias(name) for name in spec.names]
    # In bytes: characters cannot be counted in a line that is not UTF-8.
    quotes = F.octet_length(RAW) - F.octet_length(F.replace(F.col(RAW), F.lit(spec.quote), F.lit("")))
    # An open quote in the last field is no error to the parser: the rest of the value, on the next line, would be lost.
    torn = F.col("_row").isNull() | F.col("_row").getField(_CORRUPT).isNotNull() | (quotes % (2 * len(spec.quote.encode())) != 0)
    is_header = F.col(RAW).isin(header, "\ufeff" + header)
    flagged = rows.select(*fields, RAW, SOURCE, is_header.alias(HEADER), (torn & ~is_header).alias(PARSE))
    return flagged.withColumn(ENCODING, _damaged(F.col(RAW), spec))


def _read_records(spark, files, spec):
    """Records that may span lines. Spark keeps the text of broken ones only; that of others is put together again."""
    reader = spark.read.options(**_csv_options(spec), header="true", multiLine="true", recursiveFileLookup="true")
    records = reader.schema(_schema(files[0].names)).csv([file.read_uri for file in files])
    text = F.to_csv(F.struct(*[F.col(f"`{name}`") for name in files[0].names]),
                    {"sep": spec.delimiter, "quote": spec.quote, "escape": spec.quote,
                     "ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false"})
    corrupt = F.col(_CORRUPT)
    rows = records.select(*spec.names, F.coalesce(corrupt, text).alias(RAW), _source_of(files).alias(SOURCE),
                          F.lit(False).alias(HEADER), corrupt.isNotNull().alias(PARSE))
    # The parser has replaced what was not UTF-8 before anything could look at it.
    fields = F.concat_ws("", *spec.names)
    return rows.withColumn(ENCODING, fields.contains("\ufffd") | fields.contains("\0"))


def _damaged(raw, spec):
    """Not UTF-8: parsing replaced bytes that were not replaced in the line. A zero byte PostgreSQL cannot store."""
    fields = F.concat_ws("", *spec.names)
    return (fields.contains("\ufffd") & ~raw.contains("\ufffd")) | raw.contains("\0")


def _source_of(files):
    if len(files) == 1:
        return F.lit(files[0].uri)
    # Spark gives the path encoded as in a URI, where a plus stands for itself.
    return F.url_decode(F.replace(F.col("_metadata.file_path"), F.lit("+"), F.lit("%2B")))

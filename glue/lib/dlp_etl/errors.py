"""The one way in which a job ends badly."""

CODES = (
    "EMPTY_FILE", "NOT_TEXT", "HEADER_MISMATCH", "TOO_MANY_BAD_ROWS", "SOURCE_MISSING", "RECONCILIATION", "INTERNAL",
)


class JobError(Exception):
    """A failure a person can act on; `code` is one of CODES, `message` is one line and names the offending value."""

    def __init__(self, code, message):
        if code not in CODES:
            raise ValueError(f"unknown error code {code!r}")
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def as_job_error(error):
    """Any exception as a JobError; the first line of what Spark, the JVM or boto3 said becomes the message."""
    if isinstance(error, JobError):
        return error
    java = getattr(error, "java_exception", None)
    text = java.toString() if java is not None else f"{type(error).__name__}: {error}"
    first_line = next((line.strip() for line in str(text).splitlines() if line.strip()), type(error).__name__)
    return JobError("INTERNAL", first_line[:1000])

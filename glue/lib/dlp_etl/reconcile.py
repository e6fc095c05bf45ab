"""Do the numbers of a run add up? Pure."""

from .errors import JobError


def differences(rows, sums, checksum):
    """Each invariant of contracts §4 that does not hold, as a sentence. `rows` are the document's counts, `sums`
    {name: {"gold", "mart"}}, `checksum` {"gold", "mart"}."""
    r = rows
    invariants = [
        ("read = valid + quarantined", r["read"], r["valid"] + r["quarantined"]),
        ("valid = written + deduplicated", r["valid"], r["written"] + r["deduplicated"]),
        ("written = staged", r["written"], r["staged"]),
        ("staged = loaded", r["staged"], r["loaded"]),
        ("loaded = inserted + updated + unchanged", r["loaded"], r["inserted"] + r["updated"] + r["unchanged"]),
        *[(f"sum of {name} in gold = in the mart", pair["gold"], pair["mart"]) for name, pair in sums.items()],
        ("checksum in gold = in the mart", checksum["gold"], checksum["mart"]),
    ]
    return [f"{what}, but {left} ≠ {right}" for what, left, right in invariants if left != right]


def reconcile(rows, sums, checksum):
    """Raises JobError RECONCILIATION naming every invariant that does not hold."""
    found = differences(rows, sums, checksum)
    if found:
        raise JobError("RECONCILIATION", "; ".join(found))

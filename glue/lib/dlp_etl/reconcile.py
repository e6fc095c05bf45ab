"""Do the numbers of a run add up? Pure."""

from .errors import JobError


def reconcile_batch(rows):
    """What must hold before anything is published. Raises JobError RECONCILIATION."""
    _refuse(_unequal(_batch_invariants(rows)))


def reconcile(rows, sums, checksum):
    """What must hold before the mart commits: every invariant of contracts §4. `rows` are the document's counts, `sums`
    {name: {"gold", "mart"}}, `checksum` {"gold", "mart"}. Raises JobError RECONCILIATION naming all that do not."""
    _refuse(differences(rows, sums, checksum))


def differences(rows, sums, checksum):
    """Each invariant that does not hold, as a sentence."""
    return _unequal([
        *_batch_invariants(rows),
        ("written = staged", rows["written"], rows["staged"]),
        ("staged = loaded", rows["staged"], rows["loaded"]),
        ("loaded = inserted + updated + unchanged", rows["loaded"],
         rows["inserted"] + rows["updated"] + rows["unchanged"]),
        *[(f"sum of {name} in gold = in the mart", pair["gold"], pair["mart"]) for name, pair in sums.items()],
        ("checksum in gold = in the mart", checksum["gold"], checksum["mart"]),
    ])


def _batch_invariants(rows):
    return [
        ("read = valid + quarantined", rows["read"], rows["valid"] + rows["quarantined"]),
        ("valid = written + deduplicated", rows["valid"], rows["written"] + rows["deduplicated"]),
    ]


def _unequal(invariants):
    return [f"{what}, but {left} ≠ {right}" for what, left, right in invariants if left != right]


def _refuse(found):
    if found:
        raise JobError("RECONCILIATION", "; ".join(found))

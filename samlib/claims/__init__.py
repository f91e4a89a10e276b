"""The ledger: every numbered statement of the paper as an object with its evidence.

>>> from samlib import claims
>>> claims.get("lemma-4").check(samples=100).passed
True

`python -m samlib.claims` checks all of them. What a claim is, is written in `samlib.claims.Claim`; the statements are
in one module for each section of the paper.
"""

from samlib.claims import (
    section_1,
    section_3,
    section_4_1,
    section_4_2,
    section_4_3,
    section_4_4,
    section_4_4_cycle,
    section_4_4_settling,
    section_4_5,
    section_5,
    section_5_proof,
    section_5_window,
    section_6,
    section_7,
)
from samlib.claims._claim import (
    Certificate,
    Claim,
    Disproof,
    Finding,
    Hypothesis,
    Identity,
    Instance,
    PrintedForm,
    Refutation,
    Report,
    Variation,
)

__all__ = [
    "LEDGER",
    "Certificate",
    "Claim",
    "Disproof",
    "Finding",
    "Hypothesis",
    "Identity",
    "Instance",
    "PrintedForm",
    "Refutation",
    "Report",
    "Variation",
    "get",
    "used_by",
]

_SECTIONS = (
    section_1,
    section_3,
    section_4_1,
    section_4_2,
    section_4_3,
    section_4_4,
    section_4_4_settling,
    section_4_4_cycle,
    section_4_5,
    section_5,
    section_5_proof,
    section_5_window,
    section_6,
    section_7,
)

LEDGER: dict[str, Claim | PrintedForm] = {}
"""All claims and printed forms by id, in the order of the paper."""

for _section in _SECTIONS:
    for _entry in _section.CLAIMS:
        if _entry.id in LEDGER:
            raise ValueError(f"{_section.__name__} registers {_entry.id!r} again; ids are labels, and unique")
        LEDGER[_entry.id] = _entry


def get(name: str) -> Claim | PrintedForm:
    """The claim or printed form with an id.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in LEDGER:
        raise ValueError(f"no claim has the id {name!r}; the ids are {', '.join(LEDGER)}")
    return LEDGER[name]


def used_by(name: str) -> tuple[str, ...]:
    """The ids of the claims whose proofs use this one, in the order of the paper."""
    get(name)
    return tuple(entry.id for entry in LEDGER.values() if name in entry.depends_on)

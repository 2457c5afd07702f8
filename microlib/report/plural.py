"""English plurals: what follows the number 1 is told of one thing."""

from __future__ import annotations

import re

#: nouns that a number stands before, and verbs that follow them
NOUNS = (
    "absences|actions|advantages|applications|appraisers|borrowers|branches|cases|changes|comparisons|contacts|cores|"
    "counterparties|courses|customers|days|entries|figures|files|firms|groups|invoices|items|kinds|leads|lines|loans|"
    "managers|members|months|pairs|papers|parts|payables|payments|peers|points|products|projects|protections|renewals|"
    "rows|rules|scenarios|sources|stalls|steps|suppliers|tables|tasks|uses|values|views|visits|weeks"
)
VERBS = {
    **{"are": "is", "were": "was", "have": "has", "go": "goes", "pass": "passes", "cross": "crosses"},
    **{verb: f"{verb}s" for verb in ("come", "cover", "hold", "run", "stand", "wait")},
}
_ONE = re.compile(rf"(?<![\w.,–-])1 ({NOUNS})\b(?: ({'|'.join(VERBS)})\b)?")


def singular(text: str) -> str:
    """Return an English sentence in which 1 is followed by a singular.

    Examples
    --------
    >>> singular("1 loans are late; 21 loans, 0.1 points and 1 branches"), singular("1 entries pass")
    ('1 loan is late; 21 loans, 0.1 points and 1 branch', '1 entry passes')
    """
    return _ONE.sub(lambda found: " ".join(["1", _one(found[1]), *([VERBS[found[2]]] if found[2] else [])]), text)


def _one(noun: str) -> str:
    ends = {"ies": "y", "ches": "ch"}
    return next((noun.removesuffix(end) + one for end, one in ends.items() if noun.endswith(end)), noun[:-1])

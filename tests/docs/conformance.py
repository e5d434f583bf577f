"""Checks docs/conformance.md: each statement of the protocol has a row, and a row names tests that exist, or says why
there are none.

usage: conformance.py ROOT
"""

import pathlib
import re
import sys

import promises

STATEMENTS = [f"C{number}" for number in range(1, 36)] + [f"S{number}" for number in range(1, 20)]
ROW = re.compile(r"^\| (?P<name>[CS]\d+) \|(?P<statement>[^|]*)\|(?P<held>[^|]*)\|$", re.MULTILINE)
EXCUSE = re.compile(r"not (?:applicable|yet): \S", re.IGNORECASE)


def complaints_about(document, test_names):
    """What is wrong with the tables, given the names of all tests."""
    rows = {row["name"]: row["held"] for row in ROW.finditer(document)}
    known = set(test_names)
    for statement in STATEMENTS:
        if statement not in rows:
            yield f"{statement} has no row"
            continue
        names = re.findall(r"`(\w+)`", rows[statement])
        if not names and not EXCUSE.search(rows[statement]):
            yield f"{statement} names no test and does not say why"
        for name in names:
            if name not in known:
                yield f"{statement} names {name}, which is no test"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    document = (root / "docs" / "conformance.md").read_text(encoding="utf-8")
    complaints = list(complaints_about(document, promises.test_names(root)))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()

"""Checks the README's table of promises: each is there, and each that is said to be kept has tests that carry its name.
And docs/promises.md: a section for each, whose tests exist and carry the promise's name.

usage: promises.py ROOT
"""

import pathlib
import re
import sys

PROMISES = [f"{letter}{number}" for letter in "PRL" for number in range(1, 7)]
ROW = re.compile(r"^\| (?P<name>[PRL]\d) \|.*\| (?P<state>kept|partly|not yet)\b[^|]*\|$", re.MULTILINE)
SECTION = re.compile(r"^### (?P<name>[PRL]\d) .*?$(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
TESTS = re.compile(r"^Tests: (?P<names>.*?\.)$", re.MULTILINE | re.DOTALL)
TEST_CASE = re.compile(r"TEST_CASE(?:_TEMPLATE|_F)?\((?:(?<=_F\()\w+,\s*)?(\w+)")


def complaints_about(readme, test_names):
    """What is wrong with the table, given the names of all tests."""
    states = {row["name"]: row["state"] for row in ROW.finditer(readme)}
    named = {part for name in test_names for part in name.split("_")}
    for promise in PROMISES:
        if promise not in states:
            yield f"{promise} is not in the table"
        elif states[promise] != "not yet" and promise not in named:
            yield f"{promise} is said to be {states[promise]}, but no test carries its name"


def complaints_about_sections(document, test_names):
    """What is wrong with docs/promises.md."""
    sections = {section["name"]: section["text"] for section in SECTION.finditer(document)}
    known = set(test_names)
    for promise in PROMISES:
        if promise not in sections:
            yield f"{promise} has no section"
            continue
        tests = TESTS.search(sections[promise])
        names = re.findall(r"`(\w+)`", tests["names"]) if tests else []
        if not names:
            yield f"the section of {promise} names no test"
        for name in names:
            if name not in known:
                yield f"the section of {promise} names {name}, which is no test"
            elif promise not in name.split("_"):
                yield f"the section of {promise} names {name}, which does not carry its name"


def test_names(root):
    """The names of all test cases below `root`."""
    return [
        name
        for path in sorted((root / "tests").rglob("*.cc"))
        for name in TEST_CASE.findall(path.read_text(encoding="utf-8"))
    ]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    names = test_names(root)
    complaints = list(complaints_about((root / "README.md").read_text(encoding="utf-8"), names))
    complaints += complaints_about_sections((root / "docs" / "promises.md").read_text(encoding="utf-8"), names)
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()

"""Breaks one rule of gapless on purpose: copies a source file with one text of it replaced.

usage: make.py MUTANT SOURCE_ROOT OUTPUT

A mutant is a text file:

    what the broken rule does, in one line
    breaks: R3
    file: client/receiver.cc
    --- before
    the text as it is, found exactly once
    --- after
    the text as it becomes
"""

import pathlib
import re
import sys
import typing

FORM = re.compile(
    r"\A(?P<title>[^\n]+)\nbreaks: (?P<promise>\w+)\nfile: (?P<file>[\w./]+)\n"
    r"--- before\n(?P<before>.+?)\n--- after\n(?P<after>.*)\Z",
    re.DOTALL,
)


class Mutant(typing.NamedTuple):
    title: str
    promise: str
    file: str
    before: str
    after: str


class BadMutant(Exception):
    """It cannot be read, or does not fit the source any more."""


def read(text):
    """The mutant in `text`."""
    form = FORM.match(text)
    if not form:
        raise BadMutant("not of the form that make.py --help shows")
    return Mutant(form["title"], form["promise"], form["file"], form["before"], form["after"].rstrip("\n"))


def apply(mutant, source):
    """The broken source."""
    count = source.count(mutant.before)
    if count != 1:
        raise BadMutant(f"its text is in {mutant.file} {count} times; it must be there exactly once")
    return source.replace(mutant.before, mutant.after)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    path, root, output = (pathlib.Path(argument) for argument in sys.argv[1:])
    try:
        mutant = read(path.read_text(encoding="utf-8"))
        broken = apply(mutant, (root / mutant.file).read_text(encoding="utf-8"))
    except BadMutant as error:
        sys.exit(f"{path}: {error}")
    output.write_text(broken, encoding="utf-8")


if __name__ == "__main__":
    main()

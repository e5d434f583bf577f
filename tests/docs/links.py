"""Checks that what the Markdown files name is there: files behind links, headings, and commands of ./dev.

usage: links.py ROOT
"""

import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
DEV_COMMAND = re.compile(r"\./dev ([a-z]+)")


def anchor(heading):
    """How GitHub names a heading in a link."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def complaints_about(path, root, commands):
    text = path.read_text(encoding="utf-8")
    where = path.relative_to(root)
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            yield f"{where}: no such file: {target}"
        elif fragment and fragment not in map(anchor, HEADING.findall(file.read_text(encoding="utf-8"))):
            yield f"{where}: no such heading: {target}"
    for command in sorted(set(DEV_COMMAND.findall(text)) - commands):
        yield f"{where}: ./dev has no command {command}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]).resolve()
    usage = subprocess.run([root / "dev", "help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    commands = set(DEV_COMMAND.findall(usage))
    complaints = [
        complaint
        for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
        for complaint in complaints_about(path, root, commands)
    ]
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints or not commands else 0)


if __name__ == "__main__":
    main()

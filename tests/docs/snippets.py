"""Takes the code out of our Markdown, so that what the documentation shows is compiled and run.

A C++ block needs a line before it that says what it is; a reader does not see that line:

    <!-- test: program NAME -->           a whole program, run without arguments; it must exit with 0
    <!-- test: program NAME with hub -->  the same with the URL of a hub's server as its argument
    <!-- test: body NAME -->              statements about a `gapless::Client client`; compiled, not run

`<!-- test: output of NAME -->` marks the block that holds all that a program prints; `<!-- test: file NAME -->` marks
a block that other tests read.

usage: snippets.py OUTPUT_DIRECTORY MARKDOWN...

Writes each block to OUTPUT_DIRECTORY and prints one line per program or body: NAME, kind, path.
"""

import pathlib
import re
import sys
import typing

MARKER = re.compile(r"^<!-- test: (?P<kind>program|body|output of|file) (?P<name>[\w.-]+)(?P<hub> with hub)? -->$")
FENCE = re.compile(r"^```(?P<language>\w*)$")
EXTENSION = {"program": ".cc", "body": ".cc", "output of": ".expected", "file": ""}

BODY = """#include <chrono>
#include <gapless/gapless.h>
#include <gapless/hub.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

void {name}([[maybe_unused]] gapless::Client& client) {{
{text}}}

int main() {{}}
"""


class Snippet(typing.NamedTuple):
    name: str
    kind: str  # program, program with hub, body, output of, file
    text: str

    def file_name(self):
        return self.name + EXTENSION[self.kind.removesuffix(" with hub")]


class BadMarkdown(Exception):
    """A block that no test covers, or a marker that means nothing."""


def snippets_in(markdown, where):
    """All marked blocks of one text. Raises BadMarkdown where a C++ block has no marker or a marker no block."""
    marker, block = None, None
    for number, line in enumerate(markdown.splitlines(), 1):
        if block is not None:
            if line == "```":
                if marker:
                    kind = marker["kind"] + (marker["hub"] or "")
                    yield Snippet(marker["name"], kind, "".join(text + "\n" for text in block))
                marker, block = None, None
            else:
                block.append(line)
        elif fence := FENCE.match(line):
            if fence["language"] == "cpp" and not marker:
                raise BadMarkdown(f"{where}:{number}: a C++ block without a test marker")
            block = []
        elif line.startswith("<!-- test:"):
            if marker:
                raise BadMarkdown(f"{where}:{number}: the marker before this one has no block")
            marker = MARKER.match(line)
            if not marker:
                raise BadMarkdown(f"{where}:{number}: cannot read this marker")
        elif line and marker:
            raise BadMarkdown(f"{where}:{number}: a marker stands right before its block")
    if marker or block is not None:
        raise BadMarkdown(f"{where}: ends inside a block or after a marker")


def as_file(snippet):
    """The text to write: a body becomes a function."""
    if snippet.kind != "body":
        return snippet.text
    text = "".join(f"  {line}\n" if line else "\n" for line in snippet.text.splitlines())
    return BODY.format(name="Body_" + re.sub(r"\W", "_", snippet.name), text=text)


def write_if_changed(path, text):
    """Leaves an unchanged file's time alone, so that nothing is compiled again for it."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    output = pathlib.Path(sys.argv[1])
    output.mkdir(parents=True, exist_ok=True)
    seen = set()
    try:
        for source in sys.argv[2:]:
            for snippet in snippets_in(pathlib.Path(source).read_text(encoding="utf-8"), source):
                if snippet.file_name() in seen:
                    raise BadMarkdown(f"{source}: two blocks are called {snippet.file_name()}")
                seen.add(snippet.file_name())
                path = output / snippet.file_name()
                write_if_changed(path, as_file(snippet))
                if path.suffix == ".cc":
                    print(f"{snippet.name}|{snippet.kind}|{path}")
    except BadMarkdown as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

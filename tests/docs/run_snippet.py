"""Runs a program from the documentation in an empty folder and compares what it prints with what is promised.

usage: run_snippet.py [--expect FILE] COMMAND...
"""

import argparse
import difflib
import pathlib
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expect", type=pathlib.Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(arguments.command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    print(run.stdout, end="")
    if run.returncode:
        sys.exit(f"exit code {run.returncode}")
    if arguments.expect:
        expected = arguments.expect.read_text(encoding="utf-8")
        if run.stdout != expected:
            difference = difflib.unified_diff(expected.splitlines(), run.stdout.splitlines(), "documented", "printed")
            sys.exit("\n".join(difference))


if __name__ == "__main__":
    main()

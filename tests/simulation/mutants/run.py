"""Shows that the simulation can fail: runs it over every mutant and expects each to be caught.

usage: run.py --programs DIRECTORY [--histories N] MUTANT...
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

import make

CAUGHT = re.compile(r"^simulation: seed 1, \d+ histories, FAILED at seed (\d+)$", re.MULTILINE)
BROKEN = re.compile(r"^History \d+ breaks\n  (\w+): ([^\n]*)$", re.MULTILINE)
# A mutant that gets into an endless loop is not caught by that.
TIMEOUT_S = 150


def verdict(program, histories):
    """What caught it, or None with what happened instead."""
    command = [program, "--seed", "1", "--histories", str(histories)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return None, f"still running after {TIMEOUT_S} s"
    seed, broken = CAUGHT.search(run.stdout), BROKEN.search(run.stdout)
    if run.returncode == 1 and seed and broken:
        return f"seed {seed[1]}, {broken[1]}: {broken[2]}", None
    return None, f"exit status {run.returncode}, {run.stdout.strip().splitlines()[-1:]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True, type=pathlib.Path)
    parser.add_argument("--histories", type=int, default=5000)
    parser.add_argument("mutant", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    caught = 0
    for path in sorted(arguments.mutant):
        mutant = make.read(path.read_text(encoding="utf-8"))
        began = time.monotonic()
        how, why_not = verdict(arguments.programs / f"mutant_{path.stem}", arguments.histories)
        caught += how is not None
        state = "caught" if how else "NOT CAUGHT"
        print(f"{state}: {mutant.title} (breaks {mutant.promise}; {time.monotonic() - began:.0f} s)")
        print(f"    {how or why_not}", flush=True)
    print(f"mutants: {caught} of {len(arguments.mutant)} caught")
    sys.exit(0 if caught == len(arguments.mutant) else 1)


if __name__ == "__main__":
    main()

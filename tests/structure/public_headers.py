"""Checks each public header: it compiles by itself, twice in one file, and pulls in no library but the standard one.

usage: public_headers.py --compiler CXX INCLUDE_DIRECTORY [SYSTEM_DIRECTORY...]
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

# nlohmann's forward header and the macros that it needs are the one exception.
ALLOWED = re.compile(r"/nlohmann/(json_fwd\.hpp|detail/abi_macros\.hpp)$")
FORBIDDEN = re.compile(r"/(nlohmann|cpprest|pplx|websocketpp|boost|SQLiteCpp|valijson|openssl|re2)/|/(sqlite3|simdjson)\.h$")
# How -H writes a header that it read: dots for the depth, then the path.
READ = re.compile(r"^\.+ (.*)$", re.MULTILINE)


def complaints_about(compiler, header, include, system):
    """What is wrong with one header, given relative to `include`."""
    line = f'#include "{header.as_posix()}"\n'
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-H", "-I", include]
    for directory in system:
        command += ["-isystem", directory]
    run = subprocess.run(command + ["-x", "c++", "-"], input=line * 2, capture_output=True, text=True, check=False)
    if run.returncode:
        lines = [text for text in run.stderr.splitlines() if not READ.match(text)]
        return [f"{header} does not compile by itself:\n" + "\n".join(lines)]
    read = {os.path.normpath(path) for path in READ.findall(run.stderr)}
    if not any(path.endswith(header.as_posix()) for path in read):
        return [f"{header}: cannot read what {compiler} -H says"]
    return [f"{header} pulls in {path}" for path in sorted(read) if FORBIDDEN.search(path) and not ALLOWED.search(path)]


def check(compiler, include, system):
    """All complaints about the headers below `include`, and how many headers there are."""
    headers = sorted(path.relative_to(include) for path in pathlib.Path(include).rglob("*.h"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda header: complaints_about(compiler, header, include, system), headers)
        return [complaint for result in results for complaint in result], len(headers)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("include")
    parser.add_argument("system", nargs="*")
    arguments = parser.parse_args()
    complaints, count = check(arguments.compiler, arguments.include, arguments.system)
    if not count:
        sys.exit(f"no header below {arguments.include}")
    for complaint in complaints:
        print(complaint)
    print(f"{count} headers, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()

"""Checks who includes whom: rooms depend downwards only, and each heavy library stays in its own room.

usage: include_graph.py ROOT
"""

import pathlib
import re
import sys

# Which other rooms each room may include. Its own files and the public headers listed below come on top.
ROOM_USES = {
    "envelope": set(),
    "schema": {"envelope"},
    "snapshot": {"envelope"},
    "transport/runtime": {"envelope"},
    "hub": {"envelope", "transport/runtime"},
    # Users' worlds of tests: everything through its public face, and the hub from within.
    "hub/simulation": {"envelope", "transport/runtime", "hub"},
    "transport/memory": {"envelope", "transport/runtime", "hub"},
    "transport/net": {"envelope", "transport/runtime"},
    "transport/centrifuge": {"envelope", "transport/runtime", "transport/net"},
    "transport/parsec": {"envelope", "transport/runtime", "transport/net", "transport/centrifuge"},
    # The client knows transports by their interface only, never a wire, and never the hub.
    "client": {"envelope", "schema", "snapshot", "transport/runtime"},
}

# The public headers that each room may include, by the room that owns them.
PUBLIC_OWNER = {
    "envelope": {"channel_name.h", "envelope.h", "error.h", "sequence.h", "tag_filter.h"},
    "schema": {"schema.h"},
    "interface": {"transport.h", "runtime.h"},
    "snapshot": {"file_io.h", "gap.h", "ledger.h", "snapshotter.h", "state.h"},
    "memory": {"memory_transport.h"},
    "tls": {"tls.h"},
    "websocket": {"centrifuge.h", "websocket.h"},
    "parsec": {"parsec.h"},
    "hub": {"hub.h", "hub_token.h"},
    "simulation": {"history_checker.h", "simulated_disk.h", "simulation.h"},
    "client": {"client.h", "gapless.h", "subscription.h"},
}
ROOM_USES_PUBLIC = {
    "envelope": {"envelope"},
    "schema": {"envelope", "schema"},
    "snapshot": {"envelope", "interface", "snapshot"},
    "transport/runtime": {"envelope", "interface"},
    "hub": {"envelope", "interface", "hub"},
    "hub/simulation": {"envelope", "interface", "snapshot", "hub", "client", "simulation"},
    "transport/memory": {"envelope", "interface", "hub", "memory"},
    "transport/net": {"envelope", "interface", "tls"},
    "transport/centrifuge": {"envelope", "interface", "tls", "websocket"},
    "transport/parsec": {"envelope", "interface", "snapshot", "tls", "websocket", "parsec"},
    "client": {"envelope", "schema", "interface", "snapshot", "client"},
}

# Which folders may include which library; all others may not. What is not named here is free for all.
LIBRARY_HOMES = {
    r"(cpprest|pplx)/": {"transport/net"},
    r"(SQLiteCpp/|sqlite3\.h$)": {"snapshot", "tests", "bench", "examples", "test_package"},
    r"valijson/": {"schema"},
    r"re2/": {"schema"},
    r"simdjson\.h$": {"envelope", "schema", "hub", "transport/centrifuge", "bench"},
    r"boost/": {"hub/server", "transport/net", "tests"},
    r"openssl/": {"transport/net", "hub/server", "tests"},
    r"benchmark/": {"bench"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)
# Users see the public headers only, and what we show them must get by with those.
OUTSIDE = {"examples": "a program like a user's", "test_package": "a program like a user's"}


def room_of(path, rooms):
    """The room that a path lies in, or None; the longest name wins."""
    homes = [room for room in rooms if path.startswith(room + "/")]
    return max(homes, key=len) if homes else None


def complaints_about(path, text):
    """What is wrong with the includes of one file; `path` is relative to the root, with slashes."""
    room = room_of(path, ROOM_USES)
    folder = path.split("/", 1)[0]
    for _, target in INCLUDE.findall(text):
        target_room = room_of(target, ROOM_USES)
        if room and target_room and target_room != room and target_room not in ROOM_USES[room]:
            yield f"{path} includes {target}: {room} may not know {target_room}"
        if room and target.startswith("gapless/"):
            name = target[len("gapless/"):]
            owner = next((who for who, names in PUBLIC_OWNER.items() if name in names), None)
            if owner is None:
                yield f"{path} includes {target}: no room owns it; add it to PUBLIC_OWNER"
            elif owner not in ROOM_USES_PUBLIC[room]:
                yield f"{path} includes {target}: {room} may not know the public face of {owner}"
        if folder == "include" and target_room:
            yield f"{path} includes {target}: public headers may not include a room"
        if folder in OUTSIDE and target_room:
            yield f"{path} includes {target}: {folder} is {OUTSIDE[folder]} and may use public headers only"
        for library, homes in LIBRARY_HOMES.items():
            if re.match(library, target) and not any(path.startswith(home + "/") for home in homes):
                yield f"{path} includes {target}: only {', '.join(sorted(homes))} may"
        if room is None and folder == "transport":
            yield f"{path} lies in no room: add it to ROOM_USES"


def check(root):
    """All complaints about the tree at `root`, and how many files were read."""
    folders = sorted({room.split("/", 1)[0] for room in ROOM_USES} | set(OUTSIDE) | {"include", "tests", "bench", "cli"})
    complaints, count = [], 0
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".h", ".cc"}:
                count += 1
                relative = path.relative_to(root).as_posix()
                complaints.extend(complaints_about(relative, path.read_text(encoding="utf-8")))
    return complaints, count


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    complaints, count = check(pathlib.Path(sys.argv[1]))
    if not count:
        sys.exit(f"no source file below {sys.argv[1]}")
    for complaint in complaints:
        print(complaint)
    print(f"{count} files, {len(complaints)} wrong includes")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()

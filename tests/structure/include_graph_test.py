"""Shows that include_graph.py finds each kind of wrong include in a made-up tree, and nothing in a right one."""

import pathlib
import tempfile
import unittest

import include_graph

RIGHT = {
    "include/gapless/client.h": '#include "gapless/transport.h"\n',
    "envelope/decoder.cc": '#include "envelope/decoder.h"\n#include <simdjson.h>\n',
    "schema/validator.cc": '#include <valijson/validator.hpp>\n#include "envelope/json_string.h"\n',
    "snapshot/sqlite.cc": '#include <SQLiteCpp/Database.h>\n#include "gapless/snapshotter.h"\n',
    "hub/server/server.cc": '#include <boost/beast/core.hpp>\n#include "hub/core.h"\n',
    "transport/memory/memory.cc": '#include "hub/core.h"\n#include "gapless/memory_transport.h"\n',
    "transport/centrifuge/transport.cc": '#include "transport/net/connection.h"\n',
    "client/client.cc": '#include "transport/runtime/threads.h"\n#include "gapless/client.h"\n',
    "examples/demo/main.cc": '#include <gapless/gapless.h>\n',
    "tests/unit/client/x_test.cc": '#include "client/session.h"\n#include <boost/test/unit_test.hpp>\n',
}

WRONG = {
    "a room looks up": ("envelope/a.cc", '#include "client/session.h"'),
    "envelope knows nobody": ("envelope/a.cc", '#include "schema/pattern.h"'),
    "envelope and a public face above it": ("envelope/a.cc", '#include "gapless/client.h"'),
    "siblings": ("schema/a.cc", '#include "snapshot/state.h"'),
    "a transport and the client": ("transport/net/a.cc", '#include "client/session.h"'),
    "a transport and the client's face": ("transport/memory/a.cc", '#include "gapless/client.h"'),
    "one wire and another": ("transport/centrifuge/a.cc", '#include "transport/memory/memory.h"'),
    "net and the wire above it": ("transport/net/a.cc", '#include "transport/centrifuge/codec.h"'),
    "the client and the hub": ("client/a.cc", '#include "hub/core.h"'),
    "the client and the hub's face": ("client/a.cc", '#include <gapless/hub.h>'),
    "the client and a wire": ("client/a.cc", '  #  include "transport/centrifuge/codec.h"'),
    "a wire and the hub": ("transport/centrifuge/a.cc", '#include "hub/core.h"'),
    "a public header and a room": ("include/gapless/a.h", '#include "envelope/encoder.h"'),
    "an example and a room": ("examples/demo/a.cc", '#include "client/session.h"'),
    "cpprest outside net": ("transport/centrifuge/a.cc", "#include <cpprest/ws_client.h>"),
    "SQLite outside snapshot": ("client/a.cc", "#include <sqlite3.h>"),
    "valijson outside schema": ("client/a.cc", "#include <valijson/schema.hpp>"),
    "Boost outside the server": ("hub/a.cc", "#include <boost/asio.hpp>"),
    "a public header that nobody owns": ("client/a.cc", '#include "gapless/nobody.h"'),
    "a transport that is no room": ("transport/telepathy/a.cc", "#include <string>"),
}


class IncludeGraphTest(unittest.TestCase):
    def complaints(self, files):
        with tempfile.TemporaryDirectory() as name:
            for path, text in files.items():
                target = pathlib.Path(name, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text + "\n", encoding="utf-8")
            return include_graph.check(pathlib.Path(name))[0]

    def test_right_tree_passes(self):
        self.assertEqual(self.complaints(RIGHT), [])

    def test_each_wrong_include_is_found(self):
        for what, (path, text) in WRONG.items():
            with self.subTest(what):
                complaints = self.complaints({**RIGHT, path: text})
                self.assertEqual(len(complaints), 1, complaints)
                self.assertTrue(complaints[0].startswith(path), complaints)


if __name__ == "__main__":
    unittest.main()

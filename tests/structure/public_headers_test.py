"""Shows that public_headers.py finds a header that leans on others and one that pulls in a library.

usage: public_headers_test.py CXX
"""

import pathlib
import sys
import tempfile
import unittest

import public_headers

COMPILER = sys.argv.pop(1) if len(sys.argv) > 1 else "c++"

LIBRARIES = {
    "sqlite3.h": "",
    "boost/asio.hpp": "",
    "cpprest/ws_client.h": "",
    "nlohmann/json.hpp": "",
    "nlohmann/json_fwd.hpp": '#include "nlohmann/detail/abi_macros.hpp"\n',
    "nlohmann/detail/abi_macros.hpp": "",
}


class PublicHeadersTest(unittest.TestCase):
    def complaints(self, text):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            header = root / "include/gapless/made_up.h"
            for path, content in {header: text, **{root / "system" / k: v for k, v in LIBRARIES.items()}}.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
            return public_headers.check(COMPILER, str(root / "include"), [str(root / "system")])[0]

    def guarded(self, text):
        return f"#ifndef GAPLESS_MADE_UP_H_\n#define GAPLESS_MADE_UP_H_\n{text}\n#endif\n"

    def test_right_header_passes(self):
        self.assertEqual(self.complaints(self.guarded("#include <nlohmann/json_fwd.hpp>\nstruct Made {};")), [])

    def test_header_that_leans_on_others_is_found(self):
        self.assertIn("does not compile", self.complaints(self.guarded("std::string Text();"))[0])

    def test_header_without_guard_is_found(self):
        self.assertIn("does not compile", self.complaints("struct Made {};\n")[0])

    def test_each_library_is_found(self):
        for library in ("sqlite3.h", "boost/asio.hpp", "cpprest/ws_client.h", "nlohmann/json.hpp"):
            with self.subTest(library):
                complaints = self.complaints(self.guarded(f"#include <{library}>"))
                self.assertEqual(len(complaints), 1)
                self.assertTrue(complaints[0].endswith(library), complaints)


if __name__ == "__main__":
    unittest.main()

"""Shows what snippets.py takes out of a text, and that it refuses code that no test would cover."""

import unittest

import snippets

GOOD = """# Title
<!-- test: program first with hub -->
```cpp
int main() {}
```
It prints
<!-- test: output of first -->
```text
hello
```
```sh
./dev test
```
<!-- test: body second -->
```cpp
client.Connect();
```
"""


class SnippetsTest(unittest.TestCase):
    def test_marked_blocks_are_taken(self):
        self.assertEqual(
            list(snippets.snippets_in(GOOD, "x.md")),
            [
                snippets.Snippet("first", "program with hub", "int main() {}\n"),
                snippets.Snippet("first", "output of", "hello\n"),
                snippets.Snippet("second", "body", "client.Connect();\n"),
            ],
        )

    def test_body_becomes_a_function(self):
        text = snippets.as_file(snippets.Snippet("second", "body", "client.Connect();\n"))
        self.assertIn("gapless::Client& client) {\n  client.Connect();\n}\n", text)

    def test_bad_texts_are_refused(self):
        for what, text in {
            "C++ without a marker": "```cpp\nint x;\n```\n",
            "marker with a typing error": "<!-- test: progam x -->\n```cpp\n```\n",
            "marker without a block": "<!-- test: body x -->\nText.\n",
            "marker at the end": "<!-- test: body x -->\n",
            "block without an end": "```sh\nls\n",
        }.items():
            with self.subTest(what), self.assertRaises(snippets.BadMarkdown):
                list(snippets.snippets_in(text, "x.md"))


if __name__ == "__main__":
    unittest.main()

"""Shows that conformance.py finds a statement without a row, without a test, and with an invented one."""

import unittest

import conformance

ROWS = {name: f"| {name} | Something. | `{name}_something` |" for name in conformance.STATEMENTS}
TESTS = [f"{name}_something" for name in conformance.STATEMENTS]


def document(**changed):
    return "\n".join({**ROWS, **changed}.values())


class ConformanceTest(unittest.TestCase):
    def complaints(self, text, tests=None):
        return list(conformance.complaints_about(text, TESTS if tests is None else tests))

    def test_full_document_passes(self):
        self.assertEqual(self.complaints(document()), [])

    def test_missing_row_is_found(self):
        self.assertEqual(self.complaints(document(C7="")), ["C7 has no row"])

    def test_row_without_a_test_is_found(self):
        row = "| S3 | Something. | because |"
        self.assertEqual(self.complaints(document(S3=row)), ["S3 names no test and does not say why"])

    def test_reason_is_enough(self):
        self.assertEqual(self.complaints(document(S3="| S3 | Something. | Not applicable: nobody needs it. |")), [])

    def test_invented_test_is_found(self):
        self.assertEqual(self.complaints(document(), TESTS[1:]), ["C1 names C1_something, which is no test"])


if __name__ == "__main__":
    unittest.main()

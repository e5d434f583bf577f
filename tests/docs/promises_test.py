"""Shows that promises.py finds a promise without a test and one that the table lacks."""

import unittest

import promises

TABLE = "\n".join(f"| {name} | Something. | kept |" for name in promises.PROMISES)
DOCUMENT = "\n".join(f"### {name} word\n\nText.\n\nTests: `D1_{name}_something`.\n" for name in promises.PROMISES)
TESTS = [f"D1_{name}_something" for name in promises.PROMISES]


class PromisesTest(unittest.TestCase):
    def test_full_table_passes(self):
        self.assertEqual(list(promises.complaints_about(TABLE, TESTS)), [])

    def test_promise_without_a_test_is_found(self):
        self.assertEqual(len(list(promises.complaints_about(TABLE, TESTS[1:]))), 1)

    def test_promise_that_is_not_yet_kept_needs_no_test(self):
        table = TABLE.replace("| P1 | Something. | kept |", "| P1 | Something. | not yet |")
        self.assertEqual(list(promises.complaints_about(table, TESTS[1:])), [])

    def test_missing_row_is_found(self):
        self.assertEqual(list(promises.complaints_about(TABLE.replace("L6", "L7"), TESTS)), ["L6 is not in the table"])

    def test_full_document_passes(self):
        self.assertEqual(list(promises.complaints_about_sections(DOCUMENT, TESTS)), [])

    def test_missing_section_is_found(self):
        document = DOCUMENT.replace("### R2 ", "### R9 ")
        self.assertEqual(list(promises.complaints_about_sections(document, TESTS)), ["R2 has no section"])

    def test_section_without_tests_is_found(self):
        document = DOCUMENT.replace("Tests: `D1_R2_something`.", "")
        self.assertEqual(
            list(promises.complaints_about_sections(document, TESTS)), ["the section of R2 names no test"]
        )

    def test_invented_test_is_found(self):
        self.assertEqual(len(list(promises.complaints_about_sections(DOCUMENT, TESTS[1:]))), 1)

    def test_test_of_another_promise_is_found(self):
        document = DOCUMENT.replace("Tests: `D1_R2_something`.", "Tests: `D1_R3_something`.")
        self.assertEqual(len(list(promises.complaints_about_sections(document, TESTS))), 1)


if __name__ == "__main__":
    unittest.main()

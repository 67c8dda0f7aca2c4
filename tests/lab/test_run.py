"""tests/run.py: counting."""

import importlib.util
import pathlib
import sys
import unittest

SPEC = importlib.util.spec_from_file_location("unit_runner", pathlib.Path(__file__).parent.parent / "run.py")
runner = importlib.util.module_from_spec(SPEC)
sys.modules["unit_runner"] = runner
SPEC.loader.exec_module(runner)
Counts, Test = runner.Counts, runner.Test


class Count(unittest.TestCase):
    def test_all_passed(self):
        self.assertEqual(runner.count("All tests passed (16 assertions in 4 test cases)\n", 0), Counts(passed=4))

    def test_some_failed(self):
        text = "test cases: 12 | 11 passed | 1 failed\nassertions: 20 | 19 passed | 1 failed\n"
        self.assertEqual(runner.count(text, 1), Counts(passed=11, failed=1))

    def test_all_failed(self):
        self.assertEqual(runner.count("test cases: 1 | 1 failed\nassertions: 1 | 1 failed\n", 1), Counts(failed=1))

    def test_skipped_cases_are_not_counted_as_passed(self):
        text = "skipped: user: decodes: DZ_FIXTURES is not set\nAll tests passed (1 assertion in 3 test cases)\n"
        self.assertEqual(runner.count(text, 0), Counts(passed=2, skipped=1))

    def test_a_failure_after_the_last_case_is_a_failure(self):
        text = "All tests passed (1 assertion in 3 test cases)\nLeakSanitizer: detected memory leaks\n"
        self.assertEqual(runner.count(text, 23), Counts(passed=3, failed=1))

    def test_a_program_that_dies_without_a_summary_is_one_failure(self):
        self.assertEqual(runner.count("", -11), Counts(failed=1))

    def test_pythons_own_tests(self):
        text = "Ran 37 tests in 0.5s\n\nFAILED (failures=1, errors=2)\n"
        self.assertEqual(runner.count(text, 1), Counts(passed=34, failed=3))

    def test_a_filter_that_matches_no_case_counts_nothing(self):
        self.assertEqual(runner.count("No test cases matched '*x*'\n====\nNo tests ran\n", 0), Counts())


class Select(unittest.TestCase):
    TESTS = [Test("bgp", ["/b/bgp_test"], None, 60), Test("layers", ["python3", "check"], None, 60)]

    def test_by_name_of_the_module(self):
        self.assertEqual([one.name for one in runner.select(self.TESTS, "layer")], ["layers"])

    def test_else_by_name_of_the_case(self):
        self.assertEqual([one.command for one in runner.select(self.TESTS, "hold timer")], [["/b/bgp_test", "*hold timer*"]])


if __name__ == "__main__":
    unittest.main()

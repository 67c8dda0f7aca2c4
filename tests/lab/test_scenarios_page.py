"""docs/scenarios.md: the tests it names are there."""

import pathlib
import re
import unittest

from lab.scenario import catalogue

ROOT = pathlib.Path(__file__).parents[2]


class ScenariosPage(unittest.TestCase):
    def setUp(self):
        self.text = (ROOT / "docs/scenarios.md").read_text()

    def test_names_scenarios_of_the_lab(self):
        # "lab one, another (S-3)": those after the first have an underscore, so that words of the sentence are none.
        named = {name for found in re.findall(r"\blab ([a-z]\w*(?:, \w+_\w+)*)", self.text) for name in found.split(", ")}
        self.assertGreater(len(named), 20)
        self.assertEqual(named - set(catalogue()) - {"scenario"}, set())

    def test_names_test_files(self):
        files = {path.stem for path in (ROOT / "tests").glob("*/*_test.cpp")}
        self.assertEqual(set(re.findall(r"\b\w+_test\b", self.text)) - files, set())


if __name__ == "__main__":
    unittest.main()

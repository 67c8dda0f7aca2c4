"""lab/scenario.py: selection."""

import unittest

from lab.scenario import Scenario, UnknownScenario, catalogue, select


def made(name: str) -> Scenario:
    return Scenario(name, "summary", "gre", (), 60, False, lambda lab: None)


KNOWN = {name: made(name) for name in ("bench_main", "gre_link", "ibrl_lifecycle")}


class Select(unittest.TestCase):
    def names(self, *patterns):
        return [one.name for one in select(KNOWN, patterns)]

    def test_no_pattern_means_all_but_the_benchmarks(self):
        self.assertEqual(self.names(), ["gre_link", "ibrl_lifecycle"])

    def test_a_pattern_may_name_a_benchmark(self):
        self.assertEqual(self.names("bench_*"), ["bench_main"])

    def test_a_scenario_that_two_patterns_match_runs_once(self):
        self.assertEqual(self.names("gre*", "*link"), ["gre_link"])

    def test_a_pattern_without_match_is_an_error_that_names_it(self):
        with self.assertRaisesRegex(UnknownScenario, "nonsense"):
            self.names("gre_link", "nonsense")


class Catalogue(unittest.TestCase):
    def test_every_scenario_has_a_summary_that_is_a_sentence(self):
        for one in catalogue().values():
            self.assertTrue(one.summary.endswith("."), one.name)


if __name__ == "__main__":
    unittest.main()

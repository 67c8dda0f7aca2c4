"""lab/bench.py and lab/figures.py: conversion and verdicts."""

import unittest

from lab import bench, figures


class FromGoogle(unittest.TestCase):
    def test_time_is_converted_to_the_unit_of_the_figure(self):
        (one,) = bench.from_google({"name": "main.startup_ms", "real_time": 2500.0, "time_unit": "us"})
        self.assertEqual((one["value"], one["unit"], one["where"], one["goal"]), (2.5, "ms", "host", 30))

    def test_a_counter_named_value_wins(self):
        (one,) = bench.from_google({"name": "main.decode_mb_s/1000", "real_time": 1.0, "time_unit": "ns", "value": 321.0})
        self.assertEqual((one["name"], one["value"]), ("main.decode_mb_s", 321.0))

    def test_counters_named_after_figures_are_figures_and_the_benchmark_is_none(self):
        found = bench.from_google({"name": "table", "real_time": 1.0, "time_unit": "ns", "main.rss_mib": 2.0, "main.poll_bytes": 3.0})
        self.assertEqual([(one["name"], one["value"]) for one in found], [("main.rss_mib", 2.0), ("main.poll_bytes", 3.0)])

    def test_a_rate_without_a_counter_is_refused(self):
        with self.assertRaisesRegex(AssertionError, "set the counter"):
            bench.from_google({"name": "main.decode_mb_s", "real_time": 1.0, "time_unit": "ns"})

    def test_a_figure_that_nobody_described_is_refused(self):
        with self.assertRaisesRegex(AssertionError, "figures.json"):
            figures.figure("main.nonsense", 1, "host")


class Table(unittest.TestCase):
    def test_every_figure_says_what_is_better(self):
        for name, known in figures.table().items():
            self.assertIn(known.get("better"), ("lower", "higher"), name)

    def test_the_keys_of_a_figure_are_a_contract(self):
        self.assertEqual(list(figures.figure("main.rss_mib", 12, "guest")),
                         ["name", "value", "unit", "goal", "better", "peer", "peer_value", "where"])

    def test_a_peer_is_named_with_its_value(self):
        one = figures.figure("main.startup_ms", 12, "host", ("/bin/true", 0.7))
        self.assertIn("/bin/true 0.7", figures.line(one))

    def test_a_goal_may_be_missed_from_either_side(self):
        startup = figures.figure("main.startup_ms", 31, "host")
        self.assertEqual(figures.verdict(startup), "MISSED")
        self.assertEqual(figures.verdict(startup | {"better": "higher"}), "ok")


if __name__ == "__main__":
    unittest.main()

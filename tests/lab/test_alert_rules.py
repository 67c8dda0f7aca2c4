"""The alert rules in docs/alerts: well formed, and raised by what they are for."""

import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ALERTS = pathlib.Path(__file__).parents[2] / "docs/alerts"
SOURCES = pathlib.Path(__file__).parents[2] / "chain/reservations/journal.cpp"


class AlertRules(unittest.TestCase):
    def promtool(self, *words: str) -> None:
        if shutil.which("promtool") is None:
            reason = "promtool is not installed (Debian package prometheus)"
            print(f"skipped: alert rules: {reason}", file=sys.stderr)
            self.skipTest(reason)
        done = subprocess.run(["promtool", *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_rules_are_well_formed(self):
        self.promtool("check", "rules", *map(str, sorted(ALERTS.glob("*.rules.yml"))))

    def test_rules_are_raised_by_what_they_are_for(self):
        self.promtool("test", "rules", *map(str, sorted(ALERTS.glob("*.test.yml"))))

    def test_rules_name_metrics_that_exist(self):
        exported = set(re.findall(r'"((?:vm|doublezero)_reservations_\w+)"', SOURCES.read_text()))
        for file in ALERTS.glob("*.rules.yml"):
            named = set(re.findall(r"\b(?:vm|doublezero)_reservations_\w+", file.read_text()))
            named.discard("vm_reservations_plan")  # in prose
            self.assertLessEqual(named, exported, file.name)


if __name__ == "__main__":
    unittest.main()

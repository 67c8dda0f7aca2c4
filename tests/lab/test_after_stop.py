"""packaging/after-stop: who tells it what, and whether it cleans up. systemctl and the daemon are played by scripts."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "packaging/after-stop"


class AfterStop(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.script("doublezerod", 'echo "cleaned: $*"')

    def script(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def after(self, job: str, result: str = "success") -> str:
        """What is printed when systemd's list of jobs is `job`."""
        self.script("systemctl", f'[ "$*" = "list-jobs --no-legend --full doublezerod.service" ] && echo "{job}"')
        environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", "SERVICE_RESULT": result,
                       "DOUBLEZEROD": str(self.folder / "doublezerod")}
        done = subprocess.run([SCRIPT], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def test_a_stop_cleans_up(self):
        self.assertIn("cleaned: -cleanup", self.after("77 doublezerod.service stop running"))
        self.assertIn("cleaned", self.after("77 doublezerod.service stop running", "timeout"))

    def test_an_end_of_its_own_accord_cleans_up(self):
        self.assertIn("cleaned", self.after(""))

    def test_a_restart_and_a_start_that_waits_keep(self):
        self.assertEqual("", self.after("77 doublezerod.service restart running"))
        self.assertEqual("", self.after("78 doublezerod.service start waiting"))

    def test_a_failure_that_systemd_answers_by_a_start_keeps(self):
        for result in ("exit-code", "signal", "core-dump", "watchdog", "oom-kill"):
            self.assertEqual("", self.after("", result))

    def test_jobs_of_other_units_do_not_count(self):
        self.assertIn("cleaned", self.after("77 other.service restart running"))

    def test_a_systemd_that_does_not_answer_counts_as_a_stop(self):
        self.script("systemctl", "exit 1")
        environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", "DOUBLEZEROD": str(self.folder / "doublezerod")}
        done = subprocess.run([SCRIPT], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        self.assertIn("cleaned", done.stdout)


if __name__ == "__main__":
    unittest.main()

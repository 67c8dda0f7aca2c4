"""lab/suite.py: what becomes of the results when a kernel is missing, dies, or says nothing."""

import contextlib
import io
import json
import os
import tempfile
import unittest

from lab import suite
from lab.kernels.base import Job, Kernel, KernelDied, Missing
from lab.scenario import Scenario


def scenario(name: str) -> Scenario:
    return Scenario(name, "A summary.", "gre", (), 1, False, lambda lab: None)


class ScriptedKernel(Kernel):
    """Passes every scenario, but dies in those of `deadly`."""

    name, where = "scripted", "guest"

    def __init__(self, deadly=(), silent=False):
        self.deadly, self.silent, self.boots = deadly, silent, 0

    def missing(self, needs: str) -> str | None:
        return None

    def run(self, job: Job) -> int:
        self.boots += 1
        results = []
        for name in [] if self.silent else job.command[job.command.index("lab.inside") + 2:]:
            status = "running" if name in self.deadly else "passed"
            results.append({"name": name, "status": status, "detail": "", "seconds": 0, "figures": []})
            (job.control / "results.json").write_text(json.dumps(results))
            if status == "running":
                raise KernelDied("a panic\nwith a log")
        return 0


class RunGroup(unittest.TestCase):
    def setUp(self):
        self.before = os.getcwd()
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)

    def tearDown(self):
        os.chdir(self.before)
        self.folder.cleanup()

    def statuses(self, kernel: Kernel | Missing, *names: str) -> list[str]:
        self.output = io.StringIO()
        with contextlib.redirect_stdout(self.output), contextlib.redirect_stderr(self.output):
            results = suite.run_group([scenario(name) for name in names], kernel)
        self.assertEqual([one["name"] for one in results], list(names))
        return [one["status"] for one in results]

    def test_one_boot_for_all(self):
        kernel = ScriptedKernel()
        self.assertEqual(self.statuses(kernel, "a", "b", "c"), ["passed"] * 3)
        self.assertEqual(kernel.boots, 1)

    def test_a_kernel_that_dies_fails_one_scenario_and_the_rest_run_in_another_boot(self):
        kernel = ScriptedKernel(deadly=["b"])
        self.assertEqual(self.statuses(kernel, "a", "b", "c"), ["passed", "failed", "passed"])
        self.assertEqual(kernel.boots, 2)
        self.assertIn("with a log", self.output.getvalue())

    def test_no_kernel_means_skipped_with_the_reason_and_never_passed(self):
        self.assertEqual(self.statuses(Missing("no GRE anywhere"), "a", "b"), ["skipped", "skipped"])
        self.assertIn("no GRE anywhere", self.output.getvalue())

    def test_an_inside_that_says_nothing_is_a_failure_and_ends(self):
        kernel = ScriptedKernel(silent=True)
        self.assertEqual(self.statuses(kernel, "a", "b"), ["failed", "failed"])
        self.assertEqual(kernel.boots, 1)


if __name__ == "__main__":
    unittest.main()

"""tests/clients.py: counting, and whose fault it is when npm fails."""

import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import clients  # noqa: E402
from run import Counts  # noqa: E402

REPORT = "# tests 7\n# suites 2\n# pass 4\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n"


class Counted(unittest.TestCase):
    def test_cancelled_cases_failed(self):
        self.assertEqual(clients.counted(REPORT, 1), Counts(passed=4, failed=2, skipped=1))

    def test_a_runner_that_dies_is_one_failure(self):
        self.assertEqual(clients.counted("", 1), Counts(failed=1))
        self.assertEqual(clients.counted("# pass 3\n# fail 0\n", 1), Counts(passed=3, failed=1))


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "node_modules").mkdir()
        for name in ("package.json", "package-lock.json"):
            (self.folder / name).write_text("{}")
        stamp = self.folder / "node_modules/.installed"
        self.enterContext(mock.patch.multiple(clients, FOLDER=self.folder, STAMP=stamp))
        self.enterContext(mock.patch.object(clients.shutil, "which", lambda name: f"/usr/bin/{name}"))

    def npm(self, status: int, output: str = ""):
        done = subprocess.CompletedProcess([], status, stdout=output)
        return self.enterContext(mock.patch.object(clients.subprocess, "run", return_value=done))

    def test_once_until_the_lock_changes(self):
        npm = self.npm(0)
        clients.install()
        clients.install()
        self.assertEqual(npm.call_count, len(clients.INSTALL))
        (self.folder / "package-lock.json").write_text("{ }")
        clients.install()
        self.assertEqual(npm.call_count, 2 * len(clients.INSTALL))

    def test_a_registry_out_of_reach_is_a_reason_to_skip(self):
        self.npm(1, "npm ERR! code ENOTFOUND\nnpm ERR! request to https://registry.example/kit failed\n")
        with self.assertRaisesRegex(clients.Unavailable, "ENOTFOUND; request to https://registry.example/kit failed"):
            clients.install()

    def test_a_package_that_is_not_the_pinned_one_is_a_failure(self):
        self.npm(1, "npm error code EINTEGRITY\n")
        with self.assertRaises(clients.Broken):
            clients.install()

    def test_without_npm_there_is_nothing_to_run(self):
        with mock.patch.object(clients.shutil, "which", lambda name: None), self.assertRaises(clients.Unavailable):
            clients.install()


if __name__ == "__main__":
    unittest.main()

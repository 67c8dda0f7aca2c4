"""What the package installs: units that systemd accepts and that give little away, and man pages that render."""

import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).parents[2]
# Exposure by systemd's count, times ten: 0 to 100, less is better. The daemon's network rights alone are 14.
WORST = {"doublezerod": 18, "doublezero-telemetry": 40}


def systemd_version() -> int:
    """0 where there is no systemd-analyze, or one that looks only at units of a running system."""
    if not shutil.which("systemd-analyze"):
        return 0
    shown = subprocess.run(["systemd-analyze", "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
    found = re.match(r"systemd (\d+)", shown)
    return int(found[1]) if found else 0


class Units(unittest.TestCase):
    @unittest.skipUnless(systemd_version() >= 250, "systemd-analyze of systemd 250 or later is not here")
    def test_exposure_stays_low(self):
        for unit, worst in WORST.items():
            command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={worst}",
                       str(ROOT / f"packaging/{unit}.service")]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(0, done.returncode, done.stdout.rstrip().rsplit("\n", 1)[-1])

    def test_the_daemon_has_the_rights_of_its_tunnels_and_no_others(self):
        unit = (ROOT / "packaging/doublezerod.service").read_text()
        for setting in ("AmbientCapabilities", "CapabilityBoundingSet"):
            self.assertEqual([["CAP_NET_ADMIN", "CAP_NET_RAW"]],
                             [line.split() for line in re.findall(rf"^{setting}=(.*)$", unit, re.M)])
        self.assertIn("\nNoNewPrivileges=yes\n", unit)
        self.assertIn("\nUser=doublezero\n", unit)

    def test_the_unit_overrules_nothing_that_the_file_sets(self):
        unit = (ROOT / "packaging/doublezerod.service").read_text()
        flags = re.findall(r" -([a-z-]+)", re.search(r"^ExecStart=(.*)$", unit, re.M)[1])
        file = (ROOT / "packaging/config.yml").read_text()
        for flag in flags:
            self.assertNotRegex(file, rf"(?m)^#?{flag}:")


class ManPages(unittest.TestCase):
    @unittest.skipUnless(shutil.which("scdoc"), "scdoc is not here")
    def test_they_render(self):
        pages = sorted((ROOT / "docs/man").glob("*.scd"))
        self.assertGreaterEqual(len(pages), 4)
        for page in pages:
            with page.open() as text:
                done = subprocess.run(["scdoc"], stdin=text, capture_output=True, text=True, check=False)
            self.assertEqual((0, ""), (done.returncode, done.stderr), page.name)
            self.assertIn(f'"{page.name.split(".")[0]}', done.stdout)


if __name__ == "__main__":
    unittest.main()

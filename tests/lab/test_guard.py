"""lab/kernels/base.py: nothing outlives a lab that is killed."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

# A stand-in for the lab: starts a "guest" in a group of its own, guards it, tells its pid, waits to be killed.
LAB = """
import pathlib, subprocess, sys, time
from lab.kernels.base import Guard
guest = subprocess.Popen(["sleep", "600"], start_new_session=True)
Guard(guest.pid, pathlib.Path(sys.argv[1]))
print(guest.pid, flush=True)
time.sleep(600)
"""


class Killed(unittest.TestCase):
    def test_a_killed_lab_leaves_no_guest_and_no_folder(self):
        control = pathlib.Path(tempfile.mkdtemp())
        lab = subprocess.Popen([sys.executable, "-c", LAB, control], stdout=subprocess.PIPE, text=True)
        guest = int(lab.stdout.readline())
        lab.send_signal(signal.SIGKILL)
        lab.wait()
        lab.stdout.close()
        deadline = time.monotonic() + 5
        while (control.exists() or self.runs(guest)) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(control.exists())
        self.assertFalse(self.runs(guest))

    @staticmethod
    def runs(pid: int) -> bool:
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        return state != "Z" and os.path.exists(f"/proc/{pid}")


if __name__ == "__main__":
    unittest.main()

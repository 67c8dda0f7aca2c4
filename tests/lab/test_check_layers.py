"""cmake/check_layers.py: what it finds, and what it lets pass."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).parents[2] / "cmake/check_layers.py"


class CheckLayers(unittest.TestCase):
    def check(self, files: dict[str, str]) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as top:
            root = pathlib.Path(top)
            for path, text in {"cmake/heavy.txt": "base/http_server.cpp\n", **files}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            done = subprocess.run([sys.executable, CHECK, top], capture_output=True, text=True)
            return done.returncode, done.stdout

    def test_a_lower_rank_and_the_own_module_pass(self):
        status, _ = self.check({
            "base/result.hpp": "", "ledger/user.hpp": "", "ledger/user.cpp": '#include "ledger/user.hpp"\n#include "base/result.hpp"\n'})
        self.assertEqual(status, 0)

    def test_an_upward_include_is_named_with_its_line(self):
        status, text = self.check({"daemon/app.hpp": "", "ledger/user.hpp": '\n#include "daemon/app.hpp"\n'})
        self.assertEqual(status, 1)
        self.assertIn("ledger/user.hpp:2: ", text)

    def test_modules_of_equal_rank_do_not_know_each_other(self):
        status, text = self.check({"netlink/kernel.hpp": "", "ledger/user.hpp": '#include "netlink/kernel.hpp"\n'})
        self.assertEqual(status, 1)
        self.assertIn("only strictly lower ranks", text)

    def test_the_daemons_api_ranks_below_the_command_line_and_the_daemon(self):
        status, _ = self.check({"daemon/api/status.hpp": "", "cli/status.cpp": '#include "daemon/api/status.hpp"\n',
                                "daemon/app.cpp": '#include "daemon/api/status.hpp"\n'})
        self.assertEqual(status, 0)

    def test_the_daemons_api_may_not_use_the_daemon(self):
        status, _ = self.check({"daemon/app.hpp": "", "daemon/api/status.hpp": '#include "daemon/app.hpp"\n'})
        self.assertEqual(status, 1)

    def test_tests_may_include_everything(self):
        status, _ = self.check({"daemon/app.hpp": "", "tests/ledger/x_test.cpp": '#include "daemon/app.hpp"\n'})
        self.assertEqual(status, 0)

    def test_quotes_are_for_files_of_the_repository(self):
        status, text = self.check({"ledger/user.cpp": '#include "user.hpp"\n'})
        self.assertEqual(status, 1)
        self.assertIn("not a file of this repository", text)

    def test_beast_is_for_the_listed_files_only(self):
        line = "#include <boost/beast/http.hpp>\n"
        status, text = self.check({"base/http_server.cpp": line, "daemon/app.cpp": line})
        self.assertEqual(status, 1)
        self.assertIn("daemon/app.cpp:1: includes Boost.Beast", text)
        self.assertNotIn("http_server", text)


if __name__ == "__main__":
    unittest.main()

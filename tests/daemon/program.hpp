// program.hpp: the real binary in a process of its own, always without rights over this machine's network.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.hpp"

namespace dz::test {

/// doublezerod with its output in files. Killed when the test ends. Root's capabilities are taken away first:
/// a test must not touch the tunnels of the machine it runs on.
class Program {
  public:
    explicit Program(std::filesystem::path directory) : directory_(std::move(directory)) {}
    ~Program() {
        if (running()) signal(SIGKILL);
        if (pid_ > 0) (void)wait();
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void start(std::vector<std::string> arguments, std::vector<std::string> variables = {}) {
        std::vector<std::string> words;
        if (::geteuid() == 0) words = {"setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"};
        words.emplace_back(DZ_DAEMON_PROGRAM);
        words.insert(words.end(), arguments.begin(), arguments.end());
        variables.push_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");

        ::posix_spawn_file_actions_t files;
        ::posix_spawn_file_actions_init(&files);
        constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
        ::posix_spawn_file_actions_addopen(&files, 1, (directory_ / "stdout").c_str(), kFlags, 0600);
        ::posix_spawn_file_actions_addopen(&files, 2, (directory_ / "stderr").c_str(), kFlags, 0600);
        const int error = ::posix_spawnp(&pid_, words.front().c_str(), &files, nullptr,
                                         pointers(words).data(), pointers(variables).data());
        ::posix_spawn_file_actions_destroy(&files);
        REQUIRE(error == 0);
        status_.reset();
    }

    bool running() {
        collect(WNOHANG);
        return pid_ > 0 && !status_;
    }
    void signal(int number) const { ::kill(pid_, number); }
    ::pid_t pid() const { return pid_; }
    /// Its exit status, or 128 and the signal.
    int wait() {
        collect(0);
        return *status_;
    }
    /// The same, but no longer than 20 s: then it is killed.
    int wait_or_kill() {
        // The system call itself: glibc 2.36 declares pidfd_open() without C linkage.
        const int end = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
        ::pollfd ended{.fd = end, .events = POLLIN, .revents = 0};
        if (end < 0 || ::poll(&ended, 1, 20'000) != 1) signal(SIGKILL);
        ::close(end);
        return wait();
    }

    std::string out() const { return files::read(directory_ / "stdout", 1 << 20).value_or(""); }
    std::string err() const { return files::read(directory_ / "stderr", 1 << 20).value_or(""); }

  private:
    static std::vector<char*> pointers(std::vector<std::string>& words) {
        std::vector<char*> out;
        for (std::string& word : words) out.push_back(word.data());
        out.push_back(nullptr);
        return out;
    }
    void collect(int flags) {
        if (pid_ <= 0 || status_) return;
        int status = 0;
        if (::waitpid(pid_, &status, flags) == pid_)
            status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    std::filesystem::path directory_;
    ::pid_t pid_ = -1;
    std::optional<int> status_;
};

}  // namespace dz::test

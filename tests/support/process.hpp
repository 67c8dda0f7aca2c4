// support/process.hpp: a program of ours at work, with its standard output in a pipe and its log in a file.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

extern char** environ;

namespace dz::test {

class Process {
  public:
    Process(const std::string& program, std::vector<std::string> arguments,
            const std::filesystem::path& log) {
        int ends[2] = {};
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        output_ = ends[0];
        ::posix_spawn_file_actions_t actions{};
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                           O_CREAT | O_WRONLY | O_APPEND, 0600);
        arguments.insert(arguments.begin(), program);
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        REQUIRE(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ) == 0);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
    }
    ~Process() {
        if (pid_ > 0) end(SIGKILL);
        ::close(output_);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The next line on standard output; empty when the process ended without one.
    std::string line() {
        std::string text;
        char c = 0;
        while (::read(output_, &c, 1) == 1 && c != '\n') text += c;
        return text;
    }
    /// Sends the signal, 0 for none, and waits. The exit status, or minus the signal it died of.
    int end(int signal) {
        if (signal != 0) ::kill(pid_, signal);
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    ::pid_t pid_ = -1;
    int output_ = -1;
};

}  // namespace dz::test

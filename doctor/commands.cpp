#include "doctor/commands.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/descriptor.hpp"

namespace dz::doctor {

namespace {

namespace asio = boost::asio;

constexpr std::size_t kMaxOutput = 64U << 20;

struct Pipe {
    Descriptor read, write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
    const char* const path = std::getenv("PATH");
    std::string folders =
        (path == nullptr ? std::string() : std::string(path) + ":") + "/usr/sbin:/sbin:/usr/bin:/bin";
    for (std::size_t from = 0; from < folders.size();) {
        const std::size_t end = std::min(folders.find(':', from), folders.size());
        const auto candidate = std::filesystem::path(folders.substr(from, end - from)) / name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        from = end + 1;
    }
    return std::nullopt;
}

/// A child that is killed and collected when this goes.
class Child {
  public:
    explicit Child(::pid_t pid) : pid_(pid) {}
    ~Child() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Its status, or 128 and the signal. Its outputs are closed, so it has ended or is about to.
    int wait() {
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    ::pid_t pid_;
};

Result<::pid_t> spawn(const std::filesystem::path& program, std::vector<std::string>& words, const Pipe& out,
                      const Pipe& err) {
    ::posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, out.write.get(), 1);
    ::posix_spawn_file_actions_adddup2(&files, err.write.get(), 2);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::pid_t pid = -1;
    const int error = ::posix_spawn(&pid, program.c_str(), &files, nullptr, arguments.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) return fail_errno(error, program.string());
    return pid;
}

/// Until the other side closes. Errors: LimitExceeded.
Task<Result<std::string>> read_all(asio::posix::stream_descriptor& from) {
    std::string text;
    std::array<char, 16384> buffer{};
    for (;;) {
        boost::system::error_code error;
        const auto count = co_await from.async_read_some(asio::buffer(buffer),
                                                         asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return text;
        if (text.size() + count > kMaxOutput) co_return fail(Errc::LimitExceeded, "writes more than 64 MiB");
        text.append(buffer.data(), count);
    }
}

Task<std::pair<Result<std::string>, Result<std::string>>> read_both(asio::posix::stream_descriptor& out,
                                                                    asio::posix::stream_descriptor& err) {
    using namespace asio::experimental::awaitable_operators;
    auto [said, complained] = co_await (read_all(out) && read_all(err));
    co_return std::pair(std::move(said), std::move(complained));
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

SystemCommands::SystemCommands(EventLoop& loop, Clock& clock, Duration timeout)
    : loop_(loop), clock_(clock), timeout_(timeout) {}

Task<Result<std::string>> SystemCommands::run(std::vector<std::string> words) {
    using namespace asio::experimental::awaitable_operators;
    const auto program = find_program(words.front());
    if (!program) co_return fail(Errc::NotFound, fmt::format("{} is not installed", words.front()));
    CO_TRY(Pipe out, make_pipe());
    CO_TRY(Pipe err, make_pipe());
    CO_TRY(const ::pid_t pid, spawn(*program, words, out, err));
    Child child(pid);
    out.write.reset();
    err.write.reset();
    asio::posix::stream_descriptor output(loop_, out.read.release()), complaints(loop_, err.read.release());
    auto done = co_await (read_both(output, complaints) || clock_.sleep_for(timeout_));
    const std::string name = fmt::format("{}", fmt::join(words, " "));
    if (done.index() == 1) co_return fail(Errc::Timeout, name + ": no end within its time");
    auto [said, complained] = std::get<0>(std::move(done));
    if (!said) co_return wrap(said.error(), name);
    const int status = child.wait();
    if (status == 0) co_return said;
    const std::string why = complained && !complained->empty() ? *complained : *said;
    co_return fail(
        Errc::Rejected,
        fmt::format("{}: {}", name, why.empty() ? fmt::format("status {}", status) : first_line(why)),
        status);
}

}  // namespace dz::doctor

#include "cli/secret_input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/descriptor.hpp"
#include "base/files.hpp"

namespace dz::cli {

namespace {

constexpr std::size_t kMostBytes = 4096;
using wallet::Secret;
using wallet::SecretBytes;

/// Up to the first line's end, where there may be a carriage return.
SecretBytes first_line(std::string_view text) {
    text = text.substr(0, text.find('\n'));
    if (text.ends_with('\r')) text.remove_suffix(1);
    return SecretBytes(text);
}

/// While it lives the terminal does not show what is typed.
class Silence {
  public:
    explicit Silence(int terminal) : terminal_(terminal) {
        if (::tcgetattr(terminal_, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silenced_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
    }
    ~Silence() {
        if (silenced_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

    bool silenced() const { return silenced_; }

  private:
    int terminal_;
    termios before_{};
    bool silenced_ = false;
};

Result<> show(int terminal, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(terminal, text.data(), text.size());
        if (written < 0 && errno != EINTR) return fail_errno(errno, "write to the terminal");
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<SecretBytes> type_in(int terminal, std::string_view prompt) {
    const Silence silence(terminal);
    if (!silence.silenced()) return fail(Errc::Unavailable, "the terminal would show what is typed");
    TRY_OK(show(terminal, prompt));
    Secret<kMostBytes> line;
    std::size_t size = 0;
    while (size < kMostBytes) {
        const ssize_t got = ::read(terminal, line.mutable_view().data() + size, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "read from the terminal");
        if (got == 0 || line.view()[size] == '\n') break;
        ++size;
    }
    TRY_OK(show(terminal, "\n"));
    return SecretBytes(ByteView(line.view()).first(size));
}

}  // namespace

Result<SecretBytes> read_secret(const std::optional<std::string>& file, std::string_view prompt,
                                std::string_view option) {
    if (file) {
        TRY(std::string text, files::read(*file, kMostBytes));
        SecretBytes line = first_line(text);
        wallet::wipe(text);
        return line;
    }
    const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!terminal.valid())
        return fail(
            Errc::Unavailable,
            fmt::format("there is no terminal to type it at; name a file that holds it with {}", option));
    return type_in(terminal.get(), prompt);
}

Result<SecretBytes> read_new_password(const std::optional<std::string>& file) {
    TRY(SecretBytes password, read_secret(file, "New password for the wallet: ", "--password-file"));
    if (file) return password;
    TRY(const SecretBytes again, read_secret(file, "The same again: ", "--password-file"));
    if (std::ranges::equal(password.view(), again.view())) return password;
    return fail(Errc::BadValue, "the two passwords differ");
}

}  // namespace dz::cli

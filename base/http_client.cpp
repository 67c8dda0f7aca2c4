#include "base/http_client.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <functional>
#include <map>
#include <system_error>

#include "base/curl_library.hpp"
#include "base/unix_client.hpp"
#include "base/version.hpp"

namespace dz::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Open connections that are kept for the next request, all hosts together.
constexpr long kMaxIdleConnections = 8;
/// Open at a time; requests beyond wait for one, so that a burst does not overrun a server.
constexpr long kMaxConnections = 64;

/// Whoever calls has seen that it is there: `State::start` is first.
const CurlLibrary& curl() {
    return *curl_library();
}

struct EasyDeleter {
    void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct MultiDeleter {
    void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
};
struct HeadersDeleter {
    void operator()(::curl_slist* list) const { curl().slist_free_all(list); }
};
struct UrlDeleter {
    void operator()(CURLU* url) const { curl().url_cleanup(url); }
};

/// Setting an option fails only on lack of memory or on a libcurl without the feature: a broken installation.
template <class T>
void set(CURL* easy, CURLoption option, T value) {
    DZ_ASSERT(curl().easy_setopt(easy, option, value) == CURLE_OK);
}

template <class T>
T info(CURL* easy, CURLINFO what, T fallback) {
    return curl().easy_getinfo(easy, what, &fallback) == CURLE_OK ? fallback : T{};
}

long milliseconds(Duration duration) {
    // Zero would mean "no limit".
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(duration).count(), std::int64_t{1});
}

struct Url {
    std::string scheme, host;
};

/// Errors: BadValue for what is not http or https.
Result<Url> parse_url(const std::string& text) {
    const std::unique_ptr<CURLU, UrlDeleter> parsed(curl().url());
    const auto part = [&parsed](CURLUPart which) {
        char* raw = nullptr;
        if (curl().url_get(parsed.get(), which, &raw, 0) != CURLUE_OK) return std::string();
        std::string out(raw);
        curl().free(raw);
        return out;
    };
    if (!parsed || curl().url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return fail(Errc::BadValue, "malformed URL");
    Url url{part(CURLUPART_SCHEME), part(CURLUPART_HOST)};
    if (url.scheme != "http" && url.scheme != "https")
        return fail(Errc::BadValue, "URL is not http or https");
    return url;
}

/// Proxies are for other machines; libcurl asks them for our own too unless told otherwise.
bool is_this_machine(const std::string& host) {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

bool has_line_break(std::string_view text) {
    return text.find_first_of("\r\n") != std::string_view::npos;
}

/// One request on its way. libcurl holds pointers into it, so it stays where it is.
class Transfer {
  public:
    explicit Transfer(ClientRequest request) : request_(std::move(request)) {}
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    Result<> prepare();
    CURL* easy() const { return easy_.get(); }
    void finish(CURLcode code) { code_ = code; }
    Result<ClientResponse> outcome();

  private:
    void set_method();
    Result<> set_headers();
    Error error() const;
    static std::size_t on_body(const char* bytes, std::size_t size, std::size_t count, void* self);

    ClientRequest request_;
    std::unique_ptr<::curl_slist, HeadersDeleter> headers_;
    std::array<char, CURL_ERROR_SIZE> reason_{};
    std::string body_;
    bool too_large_ = false;
    CURLcode code_ = CURLE_OK;
    std::unique_ptr<CURL, EasyDeleter> easy_;  // last: goes first, and points at the others
};

Result<> Transfer::prepare() {
    TRY(const Url url, parse_url(request_.url));
    easy_.reset(curl().easy_init());
    if (!easy_) return fail(Errc::LimitExceeded, "no memory for a request");
    CURL* easy = easy_.get();
    set(easy, CURLOPT_URL, request_.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_NOSIGNAL, 1L);
    // Giving up must not wait for the resolver's thread, which may hang for as long as its name server does.
    set(easy, CURLOPT_QUICK_EXIT, 1L);
    // With a folder of certificates set (Debian's default besides the bundle file of the same certificates),
    // libcurl parses the bundle anew for every connection: 20 ms during which the loop stands still.
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    set(easy, CURLOPT_ERRORBUFFER, reason_.data());
    set(easy, CURLOPT_ACCEPT_ENCODING, "");
    set(easy, CURLOPT_USERAGENT, fmt::format("doublezero/{}", kVersion).c_str());
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.connect_timeout));
    if (request_.on_body) {
        set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.silence.count()));
    } else {
        set(easy, CURLOPT_TIMEOUT_MS, milliseconds(request_.timeout));
    }
    set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(easy, CURLOPT_WRITEDATA, this);
    if (is_this_machine(url.host)) set(easy, CURLOPT_PROXY, "");
    set_method();
    return set_headers();
}

void Transfer::set_method() {
    CURL* easy = easy_.get();
    if (request_.method == "HEAD") {
        set(easy, CURLOPT_NOBODY, 1L);
    } else if (request_.method != "GET" || !request_.body.empty()) {
        set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(easy, CURLOPT_POSTFIELDS, request_.body.data());
        set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
}

Result<> Transfer::set_headers() {
    // An empty value switches off what libcurl would add by itself: a wait for "100 Continue", and a content
    // type that says HTML form.
    std::vector<std::string> lines{"Expect:"};
    bool typed = false;
    for (const auto& [name, value] : request_.headers) {
        if (has_line_break(name) || has_line_break(value))
            return fail(Errc::BadValue, "line break in HTTP header " + name);
        typed = typed || curl().strequal(name.c_str(), "Content-Type") != 0;
        lines.push_back(fmt::format("{}: {}", name, value));
    }
    if (!typed) lines.emplace_back("Content-Type:");
    for (const std::string& line : lines) {
        ::curl_slist* const head = curl().slist_append(headers_.get(), line.c_str());
        if (head == nullptr) return fail(Errc::LimitExceeded, "no memory for HTTP headers");
        if (!headers_) headers_.reset(head);
    }
    set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
    return {};
}

std::size_t Transfer::on_body(const char* bytes, std::size_t size, std::size_t count, void* self) {
    auto* const transfer = static_cast<Transfer*>(self);
    const std::size_t length = size * count;
    if (transfer->request_.on_body && info(transfer->easy(), CURLINFO_RESPONSE_CODE, 0L) == 200) {
        transfer->request_.on_body({bytes, length});
        return length;
    }
    if (length > transfer->request_.max_body - transfer->body_.size()) {
        transfer->too_large_ = true;
        return 0;  // less than `length` makes libcurl give up
    }
    transfer->body_.append(bytes, length);
    return length;
}

Error Transfer::error() const {
    const std::string_view reason = reason_[0] != '\0' ? reason_.data() : curl().easy_strerror(code_);
    if (too_large_)
        return {Errc::LimitExceeded, fmt::format("answer of more than {} bytes", request_.max_body)};
    if (code_ == CURLE_ABORTED_BY_CALLBACK) return {Errc::Cancelled, "request cancelled"};
    if (code_ == CURLE_OPERATION_TIMEDOUT) return {Errc::Timeout, std::string(reason)};
    const long number = info(easy_.get(), CURLINFO_OS_ERRNO, 0L);
    return {Errc::Unavailable, std::string(reason), number};
}

Result<ClientResponse> Transfer::outcome() {
    if (code_ != CURLE_OK) return std::unexpected(error());
    ClientResponse response;
    response.status = static_cast<int>(info(easy_.get(), CURLINFO_RESPONSE_CODE, 0L));
    const char* const type = info<const char*>(easy_.get(), CURLINFO_CONTENT_TYPE, nullptr);
    if (type != nullptr) response.content_type = type;
    response.bytes_on_wire =
        static_cast<std::size_t>(info(easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, curl_off_t{0}));
    response.body = std::move(body_);
    return response;
}

}  // namespace

/// libcurl's multi interface on the loop: it tells which sockets and which time it waits for, and is called
/// when they are due. No callback of libcurl runs foreign code: whoever waits is resumed through the loop.
struct Client::State : std::enable_shared_from_this<State> {
    explicit State(EventLoop& event_loop) : loop(event_loop), timer(event_loop) {}
    ~State() {
        stop();
        multi.reset();  // while there is still a `watches` for its last callbacks
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// A socket of libcurl's, and what it waits for there.
    struct Watch {
        explicit Watch(EventLoop& event_loop, curl_socket_t number) : descriptor(event_loop, number) {}
        // libcurl closes it.
        ~Watch() { descriptor.release(); }
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

        asio::posix::stream_descriptor descriptor;
        bool wants_read = false, wants_write = false;
        bool reading = false, writing = false;
    };

    /// The coroutine that waits for a transfer. It owns the transfer, so it is kept outside of it.
    struct Waiter {
        Transfer* transfer = nullptr;
        std::move_only_function<void()> resume;
        asio::cancellation_slot slot;
    };

    Result<> start();
    Task<> perform(Transfer& transfer);
    void finish(CURL* easy, CURLcode code);
    void act(curl_socket_t socket, int events);
    void watch(curl_socket_t socket, int what);
    void wait(const std::shared_ptr<Watch>& watch);
    void stop();

    static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* of_socket);
    static int on_timer(CURLM* multi, long after_ms, void* self);

    EventLoop& loop;
    asio::steady_timer timer;  // libcurl's own timeouts; they count on CLOCK_MONOTONIC, not on `Clock`
    std::unique_ptr<CURLM, MultiDeleter> multi;
    std::map<curl_socket_t, std::shared_ptr<Watch>> watches;
    std::map<CURL*, Waiter> waiters;
};

/// With the first request, because it costs milliseconds that a program's start should not pay for.
Result<> Client::State::start() {
    if (multi) return {};
    if (!curl_library()) return std::unexpected(curl_library().error());
    multi.reset(curl().multi_init());
    DZ_ASSERT(multi != nullptr);
    curl().multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &State::on_socket);
    curl().multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
    curl().multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &State::on_timer);
    curl().multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
    curl().multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
    curl().multi_setopt(multi.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, kMaxConnections);
    return {};
}

/// Returns when the transfer has ended in whatever way, cancellation of the caller included.
Task<> Client::State::perform(Transfer& transfer) {
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [](auto handler, State* self, Transfer* started) {
            CURL* const easy = started->easy();
            auto slot = asio::get_associated_cancellation_slot(handler);
            self->waiters.emplace(easy, Waiter{started, std::move(handler), slot});
            if (slot.is_connected())
                slot.assign(
                    [self, easy](asio::cancellation_type) { self->finish(easy, CURLE_ABORTED_BY_CALLBACK); });
            if (curl().multi_add_handle(self->multi.get(), easy) != CURLM_OK)
                self->finish(easy, CURLE_FAILED_INIT);
        },
        asio::use_awaitable, this, &transfer);
}

void Client::State::finish(CURL* easy, CURLcode code) {
    auto found = waiters.extract(easy);
    if (found.empty()) return;
    found.mapped().transfer->finish(code);
    curl().multi_remove_handle(multi.get(), easy);
    asio::post(loop, [waiter = std::move(found.mapped())]() mutable {
        waiter.slot.clear();
        waiter.resume();
    });
}

void Client::State::act(curl_socket_t socket, int events) {
    int running = 0;
    curl().multi_socket_action(multi.get(), socket, events, &running);
    int left = 0;
    while (const ::CURLMsg* message = curl().multi_info_read(multi.get(), &left))
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
}

void Client::State::watch(curl_socket_t socket, int what) {
    if (what == CURL_POLL_REMOVE) {
        watches.erase(socket);
        return;
    }
    auto& entry = watches[socket];
    if (!entry) entry = std::make_shared<Watch>(loop, socket);
    entry->wants_read = (what & CURL_POLL_IN) != 0;
    entry->wants_write = (what & CURL_POLL_OUT) != 0;
    wait(entry);
}

void Client::State::wait(const std::shared_ptr<Watch>& watch) {
    const auto arm = [this, &watch](bool wanted, bool Watch::* waiting, auto direction, int event) {
        if (!wanted || std::exchange((*watch).*waiting, true)) return;
        // Weak: an event that was already queued when libcurl dropped the socket finds nobody.
        watch->descriptor.async_wait(
            direction, [weak_state = weak_from_this(), weak_watch = std::weak_ptr(watch), waiting,
                        event](error_code error) {
                const auto state = weak_state.lock();
                const auto current = weak_watch.lock();
                if (!state || !current) return;
                const curl_socket_t socket = current->descriptor.native_handle();
                (*current).*waiting = false;
                if (!error) state->act(socket, event);
                const auto still = state->watches.find(socket);
                if (still != state->watches.end() && still->second == current) state->wait(current);
            });
    };
    using Descriptor = asio::posix::stream_descriptor;
    arm(watch->wants_read, &Watch::reading, Descriptor::wait_read, CURL_CSELECT_IN);
    arm(watch->wants_write, &Watch::writing, Descriptor::wait_write, CURL_CSELECT_OUT);
}

int Client::State::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    static_cast<State*>(self)->watch(socket, what);
    return 0;
}

int Client::State::on_timer(CURLM*, long after_ms, void* self) {
    auto& state = *static_cast<State*>(self);
    if (after_ms < 0) {
        state.timer.cancel();
        return 0;
    }
    state.timer.expires_after(std::chrono::milliseconds(after_ms));
    state.timer.async_wait([weak = state.weak_from_this()](error_code error) {
        const auto locked = weak.lock();
        if (!error && locked) locked->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
}

void Client::State::stop() {
    while (!waiters.empty()) finish(waiters.begin()->first, CURLE_ABORTED_BY_CALLBACK);
}

Client::Client(EventLoop& loop) : state_(std::make_shared<State>(loop)) {}

// The waiting coroutines own the state through their frames; ending them is what lets go of it.
Client::~Client() {
    state_->stop();
}

Task<Result<ClientResponse>> Client::send(ClientRequest request) {
    const auto state = state_;
    if (!request.unix_socket.empty()) co_return co_await send_to_unix_socket(state->loop, std::move(request));
    CO_TRY_OK(state->start());
    Transfer transfer(std::move(request));
    CO_TRY_OK(transfer.prepare());
    co_await state->perform(transfer);
    co_return transfer.outcome();
}

}  // namespace dz::http

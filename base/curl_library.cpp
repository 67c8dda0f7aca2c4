#include "base/curl_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <bit>

namespace dz::http {

namespace {

constexpr const char* kName = "libcurl.so.4";

template <class Function>
bool find(void* library, const char* name, Function& out) {
    out = std::bit_cast<Function>(::dlsym(library, name));
    return out != nullptr;
}

Result<CurlLibrary> load() {
    void* const library = ::dlopen(kName, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return fail(Errc::Unavailable, fmt::format("{}; install it: apt install libcurl4", ::dlerror()));
    CurlLibrary out{};
    const bool complete =
        find(library, "curl_global_init", out.global_init) &&
        find(library, "curl_easy_init", out.easy_init) &&
        find(library, "curl_easy_cleanup", out.easy_cleanup) &&
        find(library, "curl_easy_setopt", out.easy_setopt) &&
        find(library, "curl_easy_getinfo", out.easy_getinfo) &&
        find(library, "curl_easy_strerror", out.easy_strerror) &&
        find(library, "curl_multi_init", out.multi_init) &&
        find(library, "curl_multi_cleanup", out.multi_cleanup) &&
        find(library, "curl_multi_setopt", out.multi_setopt) &&
        find(library, "curl_multi_add_handle", out.multi_add_handle) &&
        find(library, "curl_multi_remove_handle", out.multi_remove_handle) &&
        find(library, "curl_multi_socket_action", out.multi_socket_action) &&
        find(library, "curl_multi_info_read", out.multi_info_read) &&
        find(library, "curl_slist_append", out.slist_append) &&
        find(library, "curl_slist_free_all", out.slist_free_all) &&
        find(library, "curl_strequal", out.strequal) && find(library, "curl_free", out.free) &&
        find(library, "curl_url", out.url) && find(library, "curl_url_cleanup", out.url_cleanup) &&
        find(library, "curl_url_get", out.url_get) && find(library, "curl_url_set", out.url_set);
    if (!complete) return fail(Errc::Unavailable, fmt::format("{} is too old: 7.88 is needed", kName));
    if (out.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return fail(Errc::Unavailable, fmt::format("{} cannot be set up", kName));
    return out;
}

}  // namespace

const Result<CurlLibrary>& curl_library() {
    static const Result<CurlLibrary> loaded = load();
    return loaded;
}

}  // namespace dz::http

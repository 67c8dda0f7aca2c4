// base/curl_library.hpp: libcurl, loaded by whoever sends the first request.
//
// It brings some twenty libraries with it, which take longer to load than most commands run. Programs that
// only talk to this machine's daemon do without.
#pragma once

#include <curl/curl.h>

#include "base/result.hpp"

namespace dz::http {

/// The functions of libcurl that we use, under their names without "curl_".
struct CurlLibrary {
    decltype(&::curl_global_init) global_init;
    decltype(&::curl_easy_init) easy_init;
    decltype(&::curl_easy_cleanup) easy_cleanup;
    decltype(&::curl_easy_setopt) easy_setopt;
    decltype(&::curl_easy_getinfo) easy_getinfo;
    decltype(&::curl_easy_strerror) easy_strerror;
    decltype(&::curl_multi_init) multi_init;
    decltype(&::curl_multi_cleanup) multi_cleanup;
    decltype(&::curl_multi_setopt) multi_setopt;
    decltype(&::curl_multi_add_handle) multi_add_handle;
    decltype(&::curl_multi_remove_handle) multi_remove_handle;
    decltype(&::curl_multi_socket_action) multi_socket_action;
    decltype(&::curl_multi_info_read) multi_info_read;
    decltype(&::curl_slist_append) slist_append;
    decltype(&::curl_slist_free_all) slist_free_all;
    decltype(&::curl_strequal) strequal;
    decltype(&::curl_free) free;
    decltype(&::curl_url) url;
    decltype(&::curl_url_cleanup) url_cleanup;
    decltype(&::curl_url_get) url_get;
    decltype(&::curl_url_set) url_set;
};

/// Loads and initialises it, the first time. It stays loaded until the process ends. Errors: Unavailable,
/// with what to install.
const Result<CurlLibrary>& curl_library();

}  // namespace dz::http

// identity.hpp: a key and a certificate for tests of TLS.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace dz::test {

namespace detail {
struct Free {
    void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { ::X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { ::X509_EXTENSION_free(extension); }
    void operator()(std::FILE* file) const { std::fclose(file); }
};
}  // namespace detail

/// Writes a key and a certificate for "localhost" that vouches for itself, valid for an hour.
inline void write_identity(const std::filesystem::path& key_file,
                           const std::filesystem::path& certificate_file) {
    const std::unique_ptr<EVP_PKEY, detail::Free> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, detail::Free> certificate(::X509_new());
    ::X509_set_version(certificate.get(), 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
    ::X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    ::X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    ::X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* const name = ::X509_get_subject_name(certificate.get());
    const unsigned char common[] = "localhost";
    ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
    ::X509_set_issuer_name(certificate.get(), name);
    const std::unique_ptr<X509_EXTENSION, detail::Free> names(
        ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost"));
    ::X509_add_ext(certificate.get(), names.get(), -1);
    REQUIRE(::X509_sign(certificate.get(), key.get(), ::EVP_sha256()) > 0);
    const std::unique_ptr<std::FILE, detail::Free> key_out(std::fopen(key_file.c_str(), "w"));
    const std::unique_ptr<std::FILE, detail::Free> certificate_out(std::fopen(certificate_file.c_str(), "w"));
    REQUIRE(::PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    REQUIRE(::PEM_write_X509(certificate_out.get(), certificate.get()) == 1);
}

}  // namespace dz::test

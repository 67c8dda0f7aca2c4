#include "base/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace dz::sqlite {

namespace {

Errc errc_of(int code) {
    if (code == SQLITE_BUSY || code == SQLITE_CONSTRAINT) return Errc::Exists;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) return Errc::BadValue;
    return Errc::Io;
}

std::unexpected<Error> failed(::sqlite3* database, std::string_view doing) {
    const int code = ::sqlite3_errcode(database);
    const char* const text = code == SQLITE_BUSY ? "another process has it open" : ::sqlite3_errmsg(database);
    return fail(errc_of(code), fmt::format("{}: {}", doing, text), code);
}

}  // namespace

Statement& Statement::bind(int at, std::int64_t value) {
    ::sqlite3_bind_int64(statement_.get(), at, value);
    return *this;
}

Statement& Statement::bind(int at, ByteView bytes) {
    // A null pointer would bind NULL.
    const void* start = bytes.empty() ? static_cast<const void*>("") : bytes.data();
    ::sqlite3_bind_blob64(statement_.get(), at, start, bytes.size(), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind(int at, const std::string& text) {
    ::sqlite3_bind_text64(statement_.get(), at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind_null(int at) {
    ::sqlite3_bind_null(statement_.get(), at);
    return *this;
}

Result<bool> Statement::step() {
    const int code = ::sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failed(::sqlite3_db_handle(statement_.get()), "step");
}

Result<> Statement::run() {
    TRY_OK(step());
    reset();
    return {};
}

void Statement::reset() {
    ::sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
    return ::sqlite3_column_int64(statement_.get(), column);
}

ByteView Statement::blob(int column) const {
    const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column));
    return {static_cast<const std::uint8_t*>(::sqlite3_column_blob(statement_.get(), column)), size};
}

std::optional<std::string> Statement::text_or_null(int column) const {
    if (::sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
    return text(column);
}

void Statement::Finalize::operator()(::sqlite3_stmt* statement) const {
    ::sqlite3_finalize(statement);
}

void Database::Close::operator()(::sqlite3* database) const {
    ::sqlite3_close(database);
}

Result<Database> Database::open(const std::string& path, const char* vfs) {
    ::sqlite3* raw = nullptr;
    const int opened = ::sqlite3_open_v2(
        path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, vfs);
    Database database(raw);
    if (opened != SQLITE_OK) return failed(raw, "open");
    return database;
}

Result<> Database::execute(const char* sql) {
    if (::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return failed(database_.get(), "execute");
    return {};
}

Result<Statement> Database::prepare(const char* sql) {
    ::sqlite3_stmt* statement = nullptr;
    if (::sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK)
        return failed(database_.get(), "prepare");
    return Statement(statement);
}

Result<std::string> Database::setting(const std::string& name) {
    TRY(auto query, prepare(("PRAGMA " + name).c_str()));
    TRY(const bool answered, query.step());
    return answered ? query.text(0) : std::string();
}

std::int64_t Database::last_id() const {
    return ::sqlite3_last_insert_rowid(database_.get());
}

}  // namespace dz::sqlite

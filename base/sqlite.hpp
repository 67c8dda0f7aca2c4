// base/sqlite.hpp: SQLite with our error values: a database and its prepared statements.
//
// Not for use from several threads at a time. A statement must not outlive its database.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace dz::sqlite {

/// A prepared statement; parameters and columns count from 1 and 0, as SQLite has them.
class Statement {
  public:
    explicit Statement(::sqlite3_stmt* statement) : statement_(statement) {}

    Statement& bind(int at, std::int64_t value);
    Statement& bind(int at, std::uint64_t value) { return bind(at, static_cast<std::int64_t>(value)); }
    /// `bytes` and `text` must live until the statement has run.
    Statement& bind(int at, ByteView bytes);
    Statement& bind(int at, const std::string& text);
    Statement& bind_null(int at);

    /// True while there is a row. Errors: those of `Database`.
    Result<bool> step();
    /// Runs a statement without rows and makes it ready for other parameters.
    Result<> run();
    /// Makes a query ready for other parameters.
    void reset();

    std::int64_t integer(int column) const;
    std::uint64_t natural(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    /// Good until the next step.
    ByteView blob(int column) const;
    std::string text(int column) const { return std::string(as_text(blob(column))); }
    std::optional<std::string> text_or_null(int column) const;

  private:
    struct Finalize {
        void operator()(::sqlite3_stmt* statement) const;
    };
    std::unique_ptr<::sqlite3_stmt, Finalize> statement_;
};

/// An open database. Errors of all members: Exists when another process has the file, or a row is there
/// already; BadValue when the file is no database; else Io.
class Database {
  public:
    /// Makes the file when there is none. `vfs`: the file system that SQLite knows by this name; null = the
    /// real one.
    static Result<Database> open(const std::string& path, const char* vfs);

    Result<> execute(const char* sql);
    Result<Statement> prepare(const char* sql);
    /// What `PRAGMA name` answers.
    Result<std::string> setting(const std::string& name);
    /// Of the row inserted last.
    std::int64_t last_id() const;

  private:
    struct Close {
        void operator()(::sqlite3* database) const;
    };
    explicit Database(::sqlite3* database) : database_(database) {}

    std::unique_ptr<::sqlite3, Close> database_;
};

}  // namespace dz::sqlite

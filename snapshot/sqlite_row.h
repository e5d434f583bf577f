#ifndef GAPLESS_SNAPSHOT_SQLITE_ROW_H_
#define GAPLESS_SNAPSHOT_SQLITE_ROW_H_

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "gapless/envelope.h"
#include "snapshot/sqlite_statement.h"
#include "snapshot/state_errors.h"

namespace gapless::internal {

/// One row, column by column. Types are checked, because SQLite would convert anything to anything.
class SqliteRow {
 public:
  SqliteRow(SQLite::Statement& statement, const std::string& path) : statement_(statement), path_(path) {}

  std::int64_t Integer() {
    const SQLite::Column column = statement_.getColumn(next_++);
    if (!column.isInteger()) Refuse();
    return column.getInt64();
  }
  Timestamp Time() { return Timestamp{std::chrono::milliseconds{Integer()}}; }
  std::string Text() {
    const SQLite::Column column = statement_.getColumn(next_++);
    if (!column.isText()) Refuse();
    return TextOf(column);
  }
  std::string Blob() {
    const SQLite::Column column = statement_.getColumn(next_++);
    if (!column.isBlob()) Refuse();
    return BlobOf(column);
  }

 private:
  [[noreturn]] void Refuse() const { throw CorruptState(path_, "a value in our tables has the wrong type"); }

  SQLite::Statement& statement_;
  const std::string& path_;
  int next_ = 0;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_ROW_H_

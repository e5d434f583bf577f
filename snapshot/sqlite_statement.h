#ifndef GAPLESS_SNAPSHOT_SQLITE_STATEMENT_H_
#define GAPLESS_SNAPSHOT_SQLITE_STATEMENT_H_

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>

namespace gapless::internal {

/// One use of a prepared statement: whatever happens, afterwards it is reset (an open one would hold back checkpoints
/// and refuse its next use) and forgets its parameters.
///
/// Texts and blobs are not copied when bound, so they must outlive the use.
class StatementUse {
 public:
  explicit StatementUse(SQLite::Statement& statement) : statement_(statement) {}
  ~StatementUse() {
    // Its result is that of the last step, which was reported then.
    statement_.tryReset();
    statement_.clearBindings();
  }
  StatementUse(const StatementUse&) = delete;
  StatementUse& operator=(const StatementUse&) = delete;

  StatementUse& Integer(std::int64_t value) {
    statement_.bind(++bound_, value);
    return *this;
  }
  StatementUse& Text(const std::string& value) {
    statement_.bindNoCopy(++bound_, value);
    return *this;
  }
  StatementUse& Blob(const std::string& value) {
    statement_.bindNoCopy(++bound_, value.data(), static_cast<int>(value.size()));
    return *this;
  }
  void Run() { statement_.exec(); }

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

/// A text in UTF-8, whatever the database's own encoding is, with any NUL inside it.
inline std::string TextOf(const SQLite::Column& column) {
  const char* text = column.getText("");
  return std::string(text, static_cast<std::size_t>(column.getBytes()));
}

inline std::string BlobOf(const SQLite::Column& column) {
  const auto* bytes = static_cast<const char*>(column.getBlob());
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(column.getBytes()));
}

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_STATEMENT_H_

#ifndef GAPLESS_SNAPSHOT_SQLITE_TRANSACTION_H_
#define GAPLESS_SNAPSHOT_SQLITE_TRANSACTION_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/snapshotter.h"

struct sqlite3_stmt;

namespace gapless::internal {

/// What a body gets to write with.
class SqliteTransaction final : public Transaction {
 public:
  /// `ended` becomes true when the transaction ends while the body runs.
  SqliteTransaction(sqlite3* handle, const std::string& path, const bool& ended)
      : handle_(handle), path_(path), ended_(ended) {}

  void Execute(std::string_view sql, std::initializer_list<SqlValue> parameters) override;
  std::vector<std::vector<SqlValue>> Query(std::string_view sql, std::initializer_list<SqlValue> parameters) override;
  sqlite3* Handle() override { return handle_; }

  /// Throws `Error` if the transaction has ended: kInvalidState when the body did that, kStateNotWritable when SQLite
  /// did, for instance because the disk is full.
  void RequireAlive() const;

 private:
  void Run(std::string_view sql, std::initializer_list<SqlValue> parameters,
           const std::function<void(sqlite3_stmt*)>& on_row);
  void Bind(sqlite3_stmt* statement, std::initializer_list<SqlValue> parameters) const;
  [[noreturn]] void Refuse(int code);

  sqlite3* const handle_;
  const std::string& path_;
  const bool& ended_;
  /// What made SQLite roll back by itself.
  std::optional<Error> loss_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_TRANSACTION_H_

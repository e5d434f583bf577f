#ifndef GAPLESS_SNAPSHOT_SQLITE_SESSION_H_
#define GAPLESS_SNAPSHOT_SQLITE_SESSION_H_

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gapless/snapshotter.h"
#include "snapshot/sqlite_errors.h"
#include "snapshot/sqlite_schema.h"
#include "snapshot/sqlite_tables.h"

namespace gapless::internal {

/// The one connection to the database, with our tables in it, and the transactions on it.
///
/// Not thread-safe: one thread at a time, any thread.
class SqliteSession {
 public:
  /// Opens or creates the database and brings our tables up to date. `path` is resolved or ":memory:";
  /// `state_expected`: our tables were there before, so their absence is damage. Throws `Error`: kStateForeign,
  /// kStateCorrupt, kStateNotWritable.
  SqliteSession(const std::string& path, const SqliteOptions& options, bool state_expected);
  /// Folds the write-ahead log into the database if nobody else holds it back.
  ~SqliteSession();
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  /// Runs `work` in an immediate transaction and commits. If `work` throws, everything is undone and the exception
  /// goes on. Throws `Error`: kStateNotWritable (all is undone), kStateFailed, after which nothing more is taken.
  void Write(const std::function<void()>& work);

  /// The rest is called inside `Write`. As `SqliteTables::Open`, and `Error(kStateNotWritable)`.
  State OpenState(const std::string& producer_id);
  /// Throws `Error`: kStateNotWritable, kStateFailed.
  void Apply(const Changes& changes);
  /// Runs a user's `body`. Throws what it throws; `Error(kInvalidState)` if it ended the transaction.
  Changes RunBody(const std::function<Changes(Transaction&)>& body);

 private:
  void SetPragmas();
  void PrepareTables(bool state_expected);
  /// Calls, and turns SQLite's exceptions into ours.
  void Translated(SqliteStep step, const std::function<void()>& call);
  void Rollback();
  void WatchTransactions();
  void RequireNothingRuns();

  const std::string path_;
  const SqliteSchema schema_;
  SQLite::Database database_;
  /// After the tables were made.
  std::optional<SqliteTables> tables_;
  std::optional<SQLite::Statement> begin_;
  std::optional<SQLite::Statement> commit_;
  std::optional<SQLite::Statement> rollback_;
  /// A body runs: nothing may be committed, and it is noted when the transaction ends.
  bool in_body_ = false;
  bool ended_in_body_ = false;
  /// Why nothing is saved any more, or empty.
  std::string failure_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_SESSION_H_

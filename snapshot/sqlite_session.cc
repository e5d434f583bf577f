#include "snapshot/sqlite_session.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "snapshot/sqlite_errors.h"
#include "snapshot/sqlite_statement.h"
#include "snapshot/sqlite_transaction.h"
#include "snapshot/state_errors.h"

namespace gapless::internal {
namespace {

constexpr const char* kInMemory = ":memory:";
constexpr int kSynchronousFull = 2;

int Milliseconds(std::chrono::milliseconds timeout) {
  return static_cast<int>(std::min<std::int64_t>(timeout.count(), std::numeric_limits<int>::max()));
}

/// Sets a pragma and returns what it is then; SQLite may answer with something else and no error.
std::string SetPragma(SQLite::Database& database, const std::string& name, const std::string& value) {
  {
    SQLite::Statement set(database, "PRAGMA " + name + " = " + value);
    while (set.executeStep()) {
    }
  }
  SQLite::Statement get(database, "PRAGMA " + name);
  return get.executeStep() ? TextOf(get.getColumn(0)) : "";
}

SQLite::Database OpenDatabase(const std::string& path, const SqliteOptions& options) {
  try {
    return SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
                            Milliseconds(options.busy_timeout));
  } catch (const SQLite::Exception& error) {
    throw SqliteError(error, SqliteStep::kOpen, path);
  }
}

}  // namespace

SqliteSession::SqliteSession(const std::string& path, const SqliteOptions& options, bool state_expected)
    : path_(path), schema_(options.table_prefix), database_(OpenDatabase(path, options)) {
  try {
    if (sqlite3_db_readonly(database_.getHandle(), "main") != 0) {
      throw UnwritableState(path_, "the database can only be read");
    }
    SetPragmas();
    begin_.emplace(database_, "BEGIN IMMEDIATE");
    commit_.emplace(database_, "COMMIT");
    rollback_.emplace(database_, "ROLLBACK");
    PrepareTables(state_expected);
    WatchTransactions();
  } catch (const SQLite::Exception& error) {
    // Where state of ours was, a file that is no database is a damaged one.
    if (error.getErrorCode() == SQLITE_NOTADB && state_expected) throw CorruptState(path_, error.what());
    throw SqliteError(error, SqliteStep::kOpen, path_);
  }
}

SqliteSession::~SqliteSession() {
  if (!failure_.empty()) return;
  // Only to keep the log short: what it says is worth nothing to anybody here, nor is waiting for others.
  sqlite3_busy_timeout(database_.getHandle(), 0);
  database_.tryExec("PRAGMA wal_checkpoint(TRUNCATE)");
}

void SqliteSession::SetPragmas() {
  // Also the first look at the file, so it comes before anything is believed.
  const std::string mode = SetPragma(database_, "journal_mode", "WAL");
  if (mode != "wal" && path_ != kInMemory) {
    throw UnwritableState(
        path_, "the database stays in journal mode '" + mode + "', so its file system cannot keep a write-ahead log");
  }
  const std::string synchronous = SetPragma(database_, "synchronous", "FULL");
  if (synchronous != std::to_string(kSynchronousFull)) {
    throw UnwritableState(path_, "SQLite answers 'synchronous = " + synchronous + "' when asked for FULL");
  }
  // A body's writes go by the rules that the user's tables state.
  SetPragma(database_, "foreign_keys", "ON");
  // Finds damaged pages when they are read, before they can be taken for data.
  SetPragma(database_, "cell_size_check", "ON");
}

void SqliteSession::PrepareTables(bool state_expected) {
  StatementUse(*begin_).Run();
  try {
    if (state_expected && !schema_.Exists(database_)) {
      throw CorruptState(path_, "the database has lost the tables of the state that was kept in it");
    }
    schema_.Migrate(database_);
    schema_.Check(database_);
    StatementUse(*commit_).Run();
  } catch (const std::exception&) {
    Rollback();
    throw;
  }
  tables_.emplace(database_, schema_);
}

void SqliteSession::WatchTransactions() {
  sqlite3_commit_hook(
      database_.getHandle(), [](void* self) { return static_cast<SqliteSession*>(self)->in_body_ ? 1 : 0; }, this);
  sqlite3_rollback_hook(
      database_.getHandle(),
      [](void* given) {
        auto* self = static_cast<SqliteSession*>(given);
        if (self->in_body_) self->ended_in_body_ = true;
      },
      this);
}

void SqliteSession::Rollback() {
  // SQLite may have rolled back by itself, and then there is nothing to do.
  if (sqlite3_get_autocommit(database_.getHandle()) != 0) return;
  rollback_->tryExecuteStep();
  rollback_->tryReset();
  if (sqlite3_get_autocommit(database_.getHandle()) == 0) failure_ = "a rollback failed";
}

void SqliteSession::Translated(SqliteStep step, const std::function<void()>& call) {
  try {
    call();
  } catch (const SQLite::Exception& sqlite_error) {
    const Error error = SqliteError(sqlite_error, step, path_);
    if (error.errc() == Errc::kStateFailed) failure_ = std::string("an earlier save failed: ") + sqlite_error.what();
    throw error;
  }
}

void SqliteSession::Write(const std::function<void()>& work) {
  if (!failure_.empty()) throw FailedState(path_, failure_);
  Translated(SqliteStep::kWrite, [this] { StatementUse(*begin_).Run(); });
  try {
    work();
    Translated(SqliteStep::kCommit, [this] { StatementUse(*commit_).Run(); });
  } catch (...) {
    // Whatever it was goes on; a body may throw anything.
    Rollback();
    throw;
  }
}

State SqliteSession::OpenState(const std::string& producer_id) {
  State state;
  // Reads only, in effect: the count of openings changes nothing that anybody relies on.
  Translated(SqliteStep::kOpen, [&] { state = tables_->Open(producer_id); });
  return state;
}

void SqliteSession::Apply(const Changes& changes) {
  Translated(SqliteStep::kWrite, [&] { tables_->Apply(changes); });
}

Changes SqliteSession::RunBody(const std::function<Changes(Transaction&)>& body) {
  SqliteTransaction transaction(database_.getHandle(), path_, ended_in_body_);
  ended_in_body_ = false;
  in_body_ = true;
  struct Leave {
    bool& in_body;
    ~Leave() { in_body = false; }
  } leave{in_body_};
  Changes changes = body(transaction);
  transaction.RequireAlive();
  RequireNothingRuns();
  return changes;
}

void SqliteSession::RequireNothingRuns() {
  sqlite3* handle = database_.getHandle();
  bool ran = false;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(handle, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(handle, statement)) {
    if (statement != nullptr && sqlite3_stmt_busy(statement) != 0) {
      sqlite3_reset(statement);
      ran = true;
    }
  }
  if (ran) {
    throw Error(Errc::kInvalidState,
                path_ + ": the transaction's body left a statement running; reset or finalize it before it returns");
  }
}

}  // namespace gapless::internal

#include "snapshot/sqlite_schema.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "gapless/error.h"
#include "snapshot/ascii.h"
#include "snapshot/state_errors.h"

namespace gapless::internal {
namespace {

constexpr std::size_t kMaxPrefixBytes = 64;
struct OurTable {
  const char* name;
  /// The version that made it.
  std::int64_t since;
};
constexpr std::array<OurTable, 8> kTables = {{{"state", 1},
                                              {"produced", 1},
                                              {"cursors", 1},
                                              {"positions", 1},
                                              {"outbox", 1},
                                              {"reserved", 2},
                                              {"gaps", 3},
                                              {"quarantine", 3}}};

std::int64_t ReadInteger(SQLite::Database& database, const std::string& sql) {
  SQLite::Statement statement(database, sql);
  return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
}

bool TableExists(const SQLite::Database& database, const std::string& name) {
  // Names of tables are equal whatever their case, and a view or index in the way is no table.
  SQLite::Statement statement(database, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?1)");
  statement.bind(1, name);
  return statement.executeStep();
}

}  // namespace

const std::vector<std::string>& SqliteSchema::Migrations() {
  static const std::vector<std::string> kMigrations = {
      R"(CREATE TABLE $state$ (
           only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
           schema_version INTEGER NOT NULL,
           producer TEXT,
           instance_id TEXT,
           boot_count INTEGER NOT NULL);
         INSERT INTO $state$ VALUES (1, 0, NULL, NULL, 0);
         CREATE TABLE $produced$ (
           channel TEXT NOT NULL PRIMARY KEY,
           sequence INTEGER NOT NULL CHECK (typeof(sequence) = 'integer' AND sequence > 0)) WITHOUT ROWID;
         CREATE TABLE $cursors$ (
           channel TEXT NOT NULL,
           subscription TEXT NOT NULL,
           producer TEXT NOT NULL,
           sequence INTEGER NOT NULL CHECK (typeof(sequence) = 'integer' AND sequence >= 0),
           produced_at INTEGER NOT NULL,
           PRIMARY KEY (channel, subscription, producer)) WITHOUT ROWID;
         CREATE TABLE $positions$ (
           channel TEXT NOT NULL,
           subscription TEXT NOT NULL,
           stream_offset INTEGER NOT NULL,
           epoch TEXT NOT NULL,
           PRIMARY KEY (channel, subscription)) WITHOUT ROWID;
         CREATE TABLE $outbox$ (
           place INTEGER PRIMARY KEY,
           channel TEXT NOT NULL,
           sequence INTEGER NOT NULL CHECK (typeof(sequence) = 'integer' AND sequence > 0),
           bytes BLOB NOT NULL,
           UNIQUE (channel, sequence));)",
      R"(CREATE TABLE $reserved$ (
           channel TEXT NOT NULL PRIMARY KEY,
           ceiling INTEGER NOT NULL CHECK (typeof(ceiling) = 'integer' AND ceiling > 0)) WITHOUT ROWID;)",
      // Of what was received before there was a ledger nothing is known: status 7, cause 7, times not set.
      R"(CREATE TABLE $gaps$ (
           channel TEXT NOT NULL,
           subscription TEXT NOT NULL,
           id INTEGER NOT NULL CHECK (typeof(id) = 'integer' AND id > 0),
           producer TEXT NOT NULL,
           status INTEGER NOT NULL,
           cause INTEGER NOT NULL,
           first_sequence INTEGER NOT NULL,
           last_sequence INTEGER NOT NULL,
           told_first INTEGER NOT NULL,
           told_last INTEGER NOT NULL,
           found_at INTEGER NOT NULL,
           ended_at INTEGER NOT NULL,
           PRIMARY KEY (channel, subscription, id)) WITHOUT ROWID;
         INSERT INTO $gaps$
           SELECT channel, subscription, row_number() OVER (PARTITION BY channel, subscription ORDER BY producer),
                  producer, 7, 7, 1, sequence, 1, sequence, -62135596800000, -62135596800000
           FROM $cursors$ WHERE sequence > 0;
         CREATE TABLE $quarantine$ (
           channel TEXT NOT NULL,
           subscription TEXT NOT NULL,
           id INTEGER NOT NULL CHECK (typeof(id) = 'integer' AND id > 0),
           code INTEGER NOT NULL,
           reason TEXT NOT NULL,
           stream_offset INTEGER NOT NULL,
           quarantined_at INTEGER NOT NULL,
           bytes BLOB NOT NULL,
           UNIQUE (channel, subscription, id));)",
  };
  return kMigrations;
}

std::string SqliteSchema::Sql(const std::string& sql) const {
  std::string result;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = sql.find('$', at);
    result.append(sql, at, open - at);
    if (open == std::string::npos) return result;
    const std::size_t close = sql.find('$', open + 1);
    result += Table(sql.substr(open + 1, close - open - 1));
    at = close + 1;
  }
}

bool SqliteSchema::Exists(const SQLite::Database& database) const { return TableExists(database, prefix_ + "state"); }

std::int64_t SqliteSchema::Version(SQLite::Database& database) const {
  if (!Exists(database)) return 0;
  try {
    return ReadInteger(database, Sql("SELECT schema_version FROM $state$ WHERE only_row = 1"));
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_ERROR) throw;
    throw ForeignState(database.getFilename(), "the table " + Table("state") + " is not ours; choose another prefix");
  }
}

void SqliteSchema::Migrate(SQLite::Database& database, const std::vector<std::string>& migrations) const {
  const auto newest = static_cast<std::int64_t>(migrations.size());
  const std::int64_t version = Version(database);
  if (version > newest) {
    throw ForeignState(database.getFilename(), "a newer version of gapless wrote this state (schema " +
                                                   std::to_string(version) + ", known is " + std::to_string(newest) +
                                                   ")");
  }
  if (version < 0 || (version == 0 && Exists(database))) {
    throw CorruptState(database.getFilename(), "the table " + Table("state") + " names no version");
  }
  for (const auto& [table, since] : kTables) {
    if (since > version && TableExists(database, prefix_ + table)) {
      throw ForeignState(database.getFilename(), "the table " + Table(table) + " is not ours; choose another prefix");
    }
  }
  if (version == 0) {
    const bool is_fresh = ReadInteger(database, "SELECT count(*) FROM sqlite_master") == 0 &&
                          ReadInteger(database, "PRAGMA application_id") == 0;
    if (is_fresh) database.exec("PRAGMA application_id = " + std::to_string(kSqliteApplicationId));
  }
  for (std::int64_t next = version; next < newest; ++next) {
    database.exec(Sql(migrations[static_cast<std::size_t>(next)]));
    database.exec(Sql("UPDATE $state$ SET schema_version = " + std::to_string(next + 1)));
  }
}

void SqliteSchema::Check(SQLite::Database& database) const {
  for (const auto& [table, since] : kTables) {
    if (!TableExists(database, prefix_ + table)) {
      throw CorruptState(database.getFilename(), "the table " + Table(table) + " is missing");
    }
    // Given a table it reads no other, so that the user's own data costs nothing here.
    SQLite::Statement check(database, "PRAGMA quick_check(" + Table(table) + ")");
    if (!check.executeStep()) throw CorruptState(database.getFilename(), "SQLite's check of it says nothing");
    const std::string verdict = check.getColumn(0).getText("");
    if (verdict != "ok") throw CorruptState(database.getFilename(), "SQLite's check of it says '" + verdict + "'");
  }
}

void CheckTablePrefix(const std::string& prefix) {
  const bool right = !prefix.empty() && prefix.size() <= kMaxPrefixBytes &&
                     std::all_of(prefix.begin(), prefix.end(), [](char c) { return IsLetterOrDigit(c) || c == '_'; });
  if (!right || Lower(prefix).rfind("sqlite_", 0) == 0) {
    throw Error(Errc::kInvalidArgument,
                "SqliteOptions::table_prefix must be 1 to 64 letters, digits and '_', and not begin with 'sqlite_'");
  }
}

}  // namespace gapless::internal

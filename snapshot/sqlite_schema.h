#ifndef GAPLESS_SNAPSHOT_SQLITE_SCHEMA_H_
#define GAPLESS_SNAPSHOT_SQLITE_SCHEMA_H_

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gapless::internal {

/// Marks a database that was created for this state and nothing else ("GAPL").
inline constexpr int kSqliteApplicationId = 0x4741'504C;

/// Names and versions of our tables. The version is kept in a table of ours, because user_version belongs to whoever
/// owns the database.
class SqliteSchema {
 public:
  /// `prefix` was checked by `CheckTablePrefix`.
  explicit SqliteSchema(std::string prefix) : prefix_(std::move(prefix)) {}

  /// A table's name, quoted for SQL.
  std::string Table(const std::string& name) const { return '"' + prefix_ + name + '"'; }
  /// `sql` with each `$name$` replaced by `Table(name)`.
  std::string Sql(const std::string& sql) const;

  /// Whether the table with our version is there.
  bool Exists(const SQLite::Database& database) const;
  /// Brings our tables to the newest version, from nothing or an older one. The caller has begun a transaction.
  /// Throws `Error(kStateForeign)` for a newer version or tables that are not ours, and what SQLite throws.
  void Migrate(SQLite::Database& database, const std::vector<std::string>& migrations = Migrations()) const;
  /// Checks that all our tables are there and sound; the user's are left alone. Throws `Error(kStateCorrupt)`.
  void Check(SQLite::Database& database) const;

  /// Element n leads from version n to version n + 1. Never changed once released, only added to.
  static const std::vector<std::string>& Migrations();
  /// The version of the tables; 0 if there are none. Throws `Error(kStateForeign)` for a table that is not ours.
  std::int64_t Version(SQLite::Database& database) const;

 private:
  const std::string prefix_;
};

/// Throws `Error(kInvalidArgument)` unless it is made of letters, digits and `_`, is not empty, no longer than 64, and
/// does not begin like SQLite's own tables.
void CheckTablePrefix(const std::string& prefix);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_SCHEMA_H_

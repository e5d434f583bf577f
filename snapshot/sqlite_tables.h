#ifndef GAPLESS_SNAPSHOT_SQLITE_TABLES_H_
#define GAPLESS_SNAPSHOT_SQLITE_TABLES_H_

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>

#include "gapless/snapshotter.h"
#include "snapshot/sqlite_schema.h"

namespace gapless::internal {

/// Reads and writes our tables. Statements are prepared once and used again.
///
/// Every member is called inside a transaction of the caller's, and throws what SQLite throws.
class SqliteTables {
 public:
  /// Both outlive it; the tables are there.
  SqliteTables(SQLite::Database& database, const SqliteSchema& schema);

  /// Counts one more opening and reads everything. Binds a fresh state to `producer_id`. Throws `Error`:
  /// kStateForeign for another producer's, kStateCorrupt for values that cannot be.
  State Open(const std::string& producer_id);
  void Apply(const Changes& changes);

 private:
  void ApplyReserved(const std::string& channel, std::int64_t ceiling);
  void ApplyConsumer(const ConsumerKey& key, const ConsumerState& state);
  void ApplyLedgerRow(const ConsumerKey& key, const LedgerRow& row);
  void ApplyQuarantined(const ConsumerKey& key, const QuarantinedEnvelope& kept);

  SQLite::Database& database_;
  const SqliteSchema& schema_;
  SQLite::Statement raise_produced_;
  SQLite::Statement put_reserved_;
  SQLite::Statement remove_reserved_;
  SQLite::Statement add_outbox_;
  SQLite::Statement remove_outbox_;
  SQLite::Statement put_cursor_;
  SQLite::Statement put_position_;
  SQLite::Statement put_gap_;
  SQLite::Statement remove_gap_;
  SQLite::Statement put_quarantined_;
  SQLite::Statement remove_quarantined_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_TABLES_H_

#ifndef GAPLESS_SNAPSHOT_SQLITE_READER_H_
#define GAPLESS_SNAPSHOT_SQLITE_READER_H_

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>
#include <string>

#include "gapless/snapshotter.h"
#include "snapshot/sqlite_schema.h"

namespace gapless::internal {

/// Reads our tables, of any version of the schema, and writes nothing.
///
/// Every member throws what SQLite throws, and `Error(kStateCorrupt)` for values that cannot be.
class SqliteReader {
 public:
  /// Both outlive it; the tables of `version` are there.
  SqliteReader(SQLite::Database& database, const SqliteSchema& schema, std::int64_t version)
      : database_(database), schema_(schema), version_(version), path_(database.getFilename()) {}

  struct Identity {
    /// Nothing: no client has opened it yet.
    std::optional<std::string> producer;
    std::string instance_id;
    std::int64_t boot_count = 0;
  };
  Identity ReadIdentity();
  /// Everything but the identity.
  State Read();

 private:
  void ReadProduced(State& state);
  void ReadReserved(State& state);
  void ReadConsumers(State& state);
  void ReadLedger(State& state);
  void ReadQuarantine(State& state);
  void ReadOutbox(State& state);

  SQLite::Database& database_;
  const SqliteSchema& schema_;
  const std::int64_t version_;
  const std::string path_;
};

/// Changes that build `state` anew.
Changes AllOf(const State& state);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_READER_H_

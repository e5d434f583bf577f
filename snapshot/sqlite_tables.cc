#include "snapshot/sqlite_tables.h"

#include <cstdint>

#include "envelope/quoted.h"
#include "snapshot/sqlite_reader.h"
#include "snapshot/sqlite_statement.h"
#include "snapshot/state_errors.h"
#include "snapshot/state_file.h"

namespace gapless::internal {
namespace {

// The stored value is raised in SQL, so that no order of saves can lower it.
constexpr const char* kRaiseProduced =
    "INSERT INTO $produced$ (channel, sequence) VALUES (?1, ?2) "
    "ON CONFLICT (channel) DO UPDATE SET sequence = excluded.sequence WHERE excluded.sequence > sequence";
constexpr const char* kPutReserved =
    "INSERT INTO $reserved$ (channel, ceiling) VALUES (?1, ?2) "
    "ON CONFLICT (channel) DO UPDATE SET ceiling = excluded.ceiling";
constexpr const char* kRemoveReserved = "DELETE FROM $reserved$ WHERE channel = ?1";
constexpr const char* kAddOutbox =
    "INSERT INTO $outbox$ (channel, sequence, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (channel, sequence) DO NOTHING";
constexpr const char* kRemoveOutbox = "DELETE FROM $outbox$ WHERE channel = ?1 AND sequence = ?2";
constexpr const char* kPutCursor =
    "INSERT INTO $cursors$ (channel, subscription, producer, sequence, produced_at) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (channel, subscription, producer) "
    "DO UPDATE SET sequence = excluded.sequence, produced_at = excluded.produced_at";
constexpr const char* kPutGap =
    "INSERT OR REPLACE INTO $gaps$ (channel, subscription, id, producer, status, cause, first_sequence, last_sequence, "
    "told_first, told_last, found_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
constexpr const char* kRemoveGap = "DELETE FROM $gaps$ WHERE channel = ?1 AND subscription = ?2 AND id = ?3";
constexpr const char* kPutQuarantined =
    "INSERT OR REPLACE INTO $quarantine$ (channel, subscription, id, code, reason, stream_offset, quarantined_at, "
    "bytes) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr const char* kRemoveQuarantined =
    "DELETE FROM $quarantine$ WHERE channel = ?1 AND subscription = ?2 AND id = ?3";
constexpr const char* kPutPosition =
    "INSERT INTO $positions$ (channel, subscription, stream_offset, epoch) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (channel, subscription) DO UPDATE SET stream_offset = excluded.stream_offset, epoch = excluded.epoch";

}  // namespace

SqliteTables::SqliteTables(SQLite::Database& database, const SqliteSchema& schema)
    : database_(database),
      schema_(schema),
      raise_produced_(database, schema.Sql(kRaiseProduced)),
      put_reserved_(database, schema.Sql(kPutReserved)),
      remove_reserved_(database, schema.Sql(kRemoveReserved)),
      add_outbox_(database, schema.Sql(kAddOutbox)),
      remove_outbox_(database, schema.Sql(kRemoveOutbox)),
      put_cursor_(database, schema.Sql(kPutCursor)),
      put_position_(database, schema.Sql(kPutPosition)),
      put_gap_(database, schema.Sql(kPutGap)),
      remove_gap_(database, schema.Sql(kRemoveGap)),
      put_quarantined_(database, schema.Sql(kPutQuarantined)),
      remove_quarantined_(database, schema.Sql(kRemoveQuarantined)) {}

State SqliteTables::Open(const std::string& producer_id) {
  const std::string& path = database_.getFilename();
  SqliteReader reader(database_, schema_, static_cast<std::int64_t>(SqliteSchema::Migrations().size()));
  const SqliteReader::Identity identity = reader.ReadIdentity();
  if (identity.producer && *identity.producer != producer_id) {
    throw ForeignState(path, "this is the state of producer " + QuotedExcerpt(*identity.producer) + ", not of " +
                                 QuotedExcerpt(producer_id));
  }
  State state = reader.Read();
  state.instance_id = identity.producer ? identity.instance_id : NewInstanceId();
  state.boot_count = identity.boot_count + 1;
  SQLite::Statement update(database_,
                           schema_.Sql("UPDATE $state$ SET producer = ?1, instance_id = ?2, boot_count = ?3"));
  StatementUse(update).Text(producer_id).Text(state.instance_id).Integer(state.boot_count).Run();
  return state;
}

void SqliteTables::Apply(const Changes& changes) {
  for (const auto& [channel, sequence] : changes.produced) {
    StatementUse(raise_produced_).Text(channel).Integer(sequence).Run();
  }
  for (const auto& [channel, ceiling] : changes.reserved) ApplyReserved(channel, ceiling);
  for (const OutboxEntry& entry : changes.outbox_added) {
    StatementUse(add_outbox_).Text(entry.channel).Integer(entry.sequence).Blob(*entry.bytes).Run();
  }
  for (const auto& [channel, sequence] : changes.outbox_removed) {
    StatementUse(remove_outbox_).Text(channel).Integer(sequence).Run();
  }
  for (const auto& [key, state] : changes.consumers) ApplyConsumer(key, state);
  for (const auto& [key, row] : changes.ledger) ApplyLedgerRow(key, row);
  for (const auto& [key, id] : changes.ledger_removed) {
    StatementUse(remove_gap_).Text(key.channel).Text(key.name).Integer(id).Run();
  }
  for (const auto& [key, kept] : changes.quarantine) ApplyQuarantined(key, kept);
  for (const auto& [key, id] : changes.quarantine_removed) {
    StatementUse(remove_quarantined_).Text(key.channel).Text(key.name).Integer(id).Run();
  }
}

void SqliteTables::ApplyReserved(const std::string& channel, std::int64_t ceiling) {
  if (ceiling > 0) {
    StatementUse(put_reserved_).Text(channel).Integer(ceiling).Run();
  } else {
    StatementUse(remove_reserved_).Text(channel).Run();
  }
}

void SqliteTables::ApplyConsumer(const ConsumerKey& key, const ConsumerState& state) {
  StatementUse(put_position_)
      .Text(key.channel)
      .Text(key.name)
      .Integer(static_cast<std::int64_t>(state.position.offset))
      .Text(state.position.epoch)
      .Run();
  for (const auto& [producer, cursor] : state.cursors) {
    StatementUse(put_cursor_)
        .Text(key.channel)
        .Text(key.name)
        .Text(producer)
        .Integer(cursor.sequence)
        .Integer(cursor.produced_at.time_since_epoch().count())
        .Run();
  }
}

void SqliteTables::ApplyLedgerRow(const ConsumerKey& key, const LedgerRow& row) {
  StatementUse(put_gap_)
      .Text(key.channel)
      .Text(key.name)
      .Integer(row.id)
      .Text(row.producer)
      .Integer(static_cast<std::int64_t>(row.status))
      .Integer(static_cast<std::int64_t>(row.cause))
      .Integer(row.first)
      .Integer(row.last)
      .Integer(row.told_first)
      .Integer(row.told_last)
      .Integer(row.found_at.time_since_epoch().count())
      .Integer(row.ended_at.time_since_epoch().count())
      .Run();
}

void SqliteTables::ApplyQuarantined(const ConsumerKey& key, const QuarantinedEnvelope& kept) {
  StatementUse(put_quarantined_)
      .Text(key.channel)
      .Text(key.name)
      .Integer(kept.id)
      .Integer(static_cast<std::int64_t>(kept.code))
      .Text(kept.reason)
      .Integer(static_cast<std::int64_t>(kept.offset))
      .Integer(kept.quarantined_at.time_since_epoch().count())
      .Blob(*kept.bytes)
      .Run();
}

}  // namespace gapless::internal

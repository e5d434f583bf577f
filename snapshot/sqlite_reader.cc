#include "snapshot/sqlite_reader.h"

#include <SQLiteCpp/Statement.h>

#include <limits>
#include <memory>
#include <utility>

#include "snapshot/change_rules.h"
#include "snapshot/ledger.h"
#include "snapshot/sqlite_row.h"

namespace gapless::internal {

SqliteReader::Identity SqliteReader::ReadIdentity() {
  SQLite::Statement statement(database_, schema_.Sql("SELECT boot_count, producer, instance_id FROM $state$"));
  if (!statement.executeStep()) throw CorruptState(path_, "the row that names the owner is missing");
  Identity identity;
  SqliteRow row(statement, path_);
  identity.boot_count = row.Integer();
  if (!statement.isColumnNull(1)) {
    identity.producer = row.Text();
    identity.instance_id = row.Text();
  }
  if (identity.boot_count < 0 || identity.boot_count == std::numeric_limits<std::int64_t>::max()) {
    throw CorruptState(path_, "it counts " + std::to_string(identity.boot_count) + " openings");
  }
  return identity;
}

State SqliteReader::Read() {
  State state;
  ReadProduced(state);
  if (version_ >= 2) ReadReserved(state);
  ReadConsumers(state);
  if (version_ >= 3) {
    ReadLedger(state);
    ReadQuarantine(state);
  } else {
    for (auto& [key, row] : LedgerOfOlderState(state.consumers).ledger) state.ledger[key].push_back(std::move(row));
  }
  ReadOutbox(state);
  if (const auto broken = BrokenRule(AllOf(state))) throw CorruptState(path_, *broken);
  return state;
}

void SqliteReader::ReadProduced(State& state) {
  SQLite::Statement statement(database_, schema_.Sql("SELECT channel, sequence FROM $produced$"));
  while (statement.executeStep()) {
    SqliteRow row(statement, path_);
    std::string channel = row.Text();
    state.produced[std::move(channel)] = row.Integer();
  }
}

// One that production has passed stays behind until the next is put in its place; it says nothing any more.
void SqliteReader::ReadReserved(State& state) {
  SQLite::Statement statement(database_, schema_.Sql("SELECT channel, ceiling FROM $reserved$"));
  while (statement.executeStep()) {
    SqliteRow row(statement, path_);
    std::string channel = row.Text();
    const std::int64_t ceiling = row.Integer();
    if (ceiling < 1) throw CorruptState(path_, "a ceiling is below its minimum");
    const auto last = state.produced.find(channel);
    if (last == state.produced.end() || ceiling > last->second) state.reserved[std::move(channel)] = ceiling;
  }
}

void SqliteReader::ReadConsumers(State& state) {
  SQLite::Statement positions(database_,
                              schema_.Sql("SELECT channel, subscription, stream_offset, epoch FROM $positions$"));
  while (positions.executeStep()) {
    SqliteRow row(positions, path_);
    ConsumerKey key{row.Text(), row.Text()};
    Position& position = state.consumers[std::move(key)].position;
    position.offset = static_cast<std::uint64_t>(row.Integer());
    position.epoch = row.Text();
  }
  SQLite::Statement cursors(
      database_, schema_.Sql("SELECT channel, subscription, producer, sequence, produced_at FROM $cursors$"));
  while (cursors.executeStep()) {
    SqliteRow row(cursors, path_);
    ConsumerKey key{row.Text(), row.Text()};
    Cursor& cursor = state.consumers[std::move(key)].cursors[row.Text()];
    cursor.sequence = row.Integer();
    cursor.produced_at = row.Time();
  }
}

void SqliteReader::ReadLedger(State& state) {
  SQLite::Statement statement(
      database_,
      schema_.Sql("SELECT channel, subscription, id, producer, status, cause, first_sequence, last_sequence, "
                  "told_first, told_last, found_at, ended_at FROM $gaps$ ORDER BY id"));
  while (statement.executeStep()) {
    SqliteRow row(statement, path_);
    const ConsumerKey key{row.Text(), row.Text()};
    LedgerRow& gap = state.ledger[key].emplace_back();
    gap.id = row.Integer();
    gap.producer = row.Text();
    gap.status = static_cast<LedgerStatus>(row.Integer());
    gap.cause = static_cast<GapCause>(row.Integer());
    for (std::int64_t* sequence : {&gap.first, &gap.last, &gap.told_first, &gap.told_last}) *sequence = row.Integer();
    gap.found_at = row.Time();
    gap.ended_at = row.Time();
  }
}

void SqliteReader::ReadQuarantine(State& state) {
  SQLite::Statement statement(
      database_, schema_.Sql("SELECT channel, subscription, id, code, reason, stream_offset, quarantined_at, bytes "
                             "FROM $quarantine$ ORDER BY id"));
  while (statement.executeStep()) {
    SqliteRow row(statement, path_);
    const ConsumerKey key{row.Text(), row.Text()};
    QuarantinedEnvelope& kept = state.quarantine[key].emplace_back();
    kept.id = row.Integer();
    kept.code = static_cast<Errc>(row.Integer());
    kept.reason = row.Text();
    kept.offset = static_cast<std::uint64_t>(row.Integer());
    kept.quarantined_at = row.Time();
    kept.bytes = std::make_shared<const std::string>(row.Blob());
  }
}

void SqliteReader::ReadOutbox(State& state) {
  SQLite::Statement statement(database_, schema_.Sql("SELECT channel, sequence, bytes FROM $outbox$ ORDER BY place"));
  while (statement.executeStep()) {
    SqliteRow row(statement, path_);
    OutboxEntry entry;
    entry.channel = row.Text();
    entry.sequence = row.Integer();
    entry.bytes = std::make_shared<const std::string>(row.Blob());
    state.outbox.push_back(std::move(entry));
  }
}

Changes AllOf(const State& state) {
  Changes all;
  all.produced.assign(state.produced.begin(), state.produced.end());
  all.reserved.assign(state.reserved.begin(), state.reserved.end());
  all.outbox_added = state.outbox;
  all.consumers.assign(state.consumers.begin(), state.consumers.end());
  for (const auto& [key, rows] : state.ledger) {
    for (const LedgerRow& row : rows) all.ledger.emplace_back(key, row);
  }
  for (const auto& [key, envelopes] : state.quarantine) {
    for (const QuarantinedEnvelope& kept : envelopes) all.quarantine.emplace_back(key, kept);
  }
  return all;
}

}  // namespace gapless::internal

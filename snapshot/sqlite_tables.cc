#include "snapshot/sqlite_tables.h"

#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "envelope/quoted.h"
#include "snapshot/change_rules.h"
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
constexpr const char* kPutPosition =
    "INSERT INTO $positions$ (channel, subscription, stream_offset, epoch) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (channel, subscription) DO UPDATE SET stream_offset = excluded.stream_offset, epoch = excluded.epoch";

/// One row, column by column. Types are checked, because SQLite would convert anything to anything.
class Row {
 public:
  Row(SQLite::Statement& statement, const std::string& path) : statement_(statement), path_(path) {}

  std::int64_t Integer() {
    const SQLite::Column column = statement_.getColumn(next_++);
    if (!column.isInteger()) Refuse();
    return column.getInt64();
  }
  std::string Text() {
    const SQLite::Column column = statement_.getColumn(next_++);
    if (!column.isText()) Refuse();
    return TextOf(column);
  }
  std::string Blob() {
    const SQLite::Column column = statement_.getColumn(next_++);
    if (!column.isBlob()) Refuse();
    return BlobOf(column);
  }

 private:
  [[noreturn]] void Refuse() const { throw CorruptState(path_, "a value in our tables has the wrong type"); }

  SQLite::Statement& statement_;
  const std::string& path_;
  int next_ = 0;
};

}  // namespace

struct SqliteTables::Identity {
  bool bound = false;
  std::string producer;
  std::string instance_id;
  std::int64_t boot_count = 0;
};

SqliteTables::SqliteTables(SQLite::Database& database, const SqliteSchema& schema)
    : database_(database),
      schema_(schema),
      raise_produced_(database, schema.Sql(kRaiseProduced)),
      put_reserved_(database, schema.Sql(kPutReserved)),
      remove_reserved_(database, schema.Sql(kRemoveReserved)),
      add_outbox_(database, schema.Sql(kAddOutbox)),
      remove_outbox_(database, schema.Sql(kRemoveOutbox)),
      put_cursor_(database, schema.Sql(kPutCursor)),
      put_position_(database, schema.Sql(kPutPosition)) {}

SqliteTables::Identity SqliteTables::ReadIdentity() {
  const std::string& path = database_.getFilename();
  SQLite::Statement statement(database_, schema_.Sql("SELECT boot_count, producer, instance_id FROM $state$"));
  if (!statement.executeStep()) throw CorruptState(path, "the row that names the owner is missing");
  Identity identity;
  Row row(statement, path);
  identity.boot_count = row.Integer();
  identity.bound = !statement.isColumnNull(1);
  if (identity.bound) {
    identity.producer = row.Text();
    identity.instance_id = row.Text();
  }
  if (identity.boot_count < 0 || identity.boot_count == std::numeric_limits<std::int64_t>::max()) {
    throw CorruptState(path, "it counts " + std::to_string(identity.boot_count) + " openings");
  }
  return identity;
}

State SqliteTables::Open(const std::string& producer_id) {
  const std::string& path = database_.getFilename();
  Identity identity = ReadIdentity();
  if (identity.bound && identity.producer != producer_id) {
    throw ForeignState(path, "this is the state of producer " + QuotedExcerpt(identity.producer) + ", not of " +
                                 QuotedExcerpt(producer_id));
  }
  if (!identity.bound) identity.instance_id = NewInstanceId();
  State state;
  state.instance_id = identity.instance_id;
  state.boot_count = identity.boot_count + 1;
  SQLite::Statement update(database_,
                           schema_.Sql("UPDATE $state$ SET producer = ?1, instance_id = ?2, boot_count = ?3"));
  StatementUse(update).Text(producer_id).Text(state.instance_id).Integer(state.boot_count).Run();
  ReadProduced(state);
  ReadReserved(state);
  ReadConsumers(state);
  ReadOutbox(state);

  Changes all;
  all.produced.assign(state.produced.begin(), state.produced.end());
  all.reserved.assign(state.reserved.begin(), state.reserved.end());
  all.outbox_added = state.outbox;
  all.consumers.assign(state.consumers.begin(), state.consumers.end());
  if (const auto broken = BrokenRule(all)) throw CorruptState(path, *broken);
  return state;
}

void SqliteTables::ReadProduced(State& state) {
  SQLite::Statement statement(database_, schema_.Sql("SELECT channel, sequence FROM $produced$"));
  while (statement.executeStep()) {
    Row row(statement, database_.getFilename());
    std::string channel = row.Text();
    state.produced[std::move(channel)] = row.Integer();
  }
}

// One that production has passed stays behind until the next is put in its place; it says nothing any more.
void SqliteTables::ReadReserved(State& state) {
  SQLite::Statement statement(database_, schema_.Sql("SELECT channel, ceiling FROM $reserved$"));
  while (statement.executeStep()) {
    Row row(statement, database_.getFilename());
    std::string channel = row.Text();
    const std::int64_t ceiling = row.Integer();
    if (ceiling < 1) throw CorruptState(database_.getFilename(), "a ceiling is below its minimum");
    const auto last = state.produced.find(channel);
    if (last == state.produced.end() || ceiling > last->second) state.reserved[std::move(channel)] = ceiling;
  }
}

void SqliteTables::ReadConsumers(State& state) {
  SQLite::Statement positions(database_,
                              schema_.Sql("SELECT channel, subscription, stream_offset, epoch FROM $positions$"));
  while (positions.executeStep()) {
    Row row(positions, database_.getFilename());
    ConsumerKey key{row.Text(), row.Text()};
    Position& position = state.consumers[std::move(key)].position;
    position.offset = static_cast<std::uint64_t>(row.Integer());
    position.epoch = row.Text();
  }
  SQLite::Statement cursors(
      database_, schema_.Sql("SELECT channel, subscription, producer, sequence, produced_at FROM $cursors$"));
  while (cursors.executeStep()) {
    Row row(cursors, database_.getFilename());
    ConsumerKey key{row.Text(), row.Text()};
    Cursor& cursor = state.consumers[std::move(key)].cursors[row.Text()];
    cursor.sequence = row.Integer();
    cursor.produced_at = Timestamp{std::chrono::milliseconds{row.Integer()}};
  }
}

void SqliteTables::ReadOutbox(State& state) {
  SQLite::Statement statement(database_, schema_.Sql("SELECT channel, sequence, bytes FROM $outbox$ ORDER BY place"));
  while (statement.executeStep()) {
    Row row(statement, database_.getFilename());
    OutboxEntry entry;
    entry.channel = row.Text();
    entry.sequence = row.Integer();
    entry.bytes = std::make_shared<const std::string>(row.Blob());
    state.outbox.push_back(std::move(entry));
  }
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

}  // namespace gapless::internal

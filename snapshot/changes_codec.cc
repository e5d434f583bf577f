#include "snapshot/changes_codec.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>

#include "snapshot/byte_codec.h"
#include "snapshot/change_rules.h"

namespace gapless::internal {
namespace {

enum Tag : std::uint8_t {
  kProduced = 1,
  kOutboxAdded = 2,
  kOutboxRemoved = 3,
  kConsumer = 4,
  kReserved = 5,
  kLedgerRow = 6,
  kLedgerRowRemoved = 7,
  kQuarantined = 8,
  kQuarantinedRemoved = 9,
};

// Sequences are never negative here, so that a varint holds them as they are.
void WriteSequence(ByteWriter& writer, std::int64_t sequence) { writer.Varint(static_cast<std::uint64_t>(sequence)); }

// Above 2^63 - 1 it comes out negative, which the rules refuse.
std::int64_t ReadSequence(ByteReader& reader) { return static_cast<std::int64_t>(reader.Varint()); }

void WriteTime(ByteWriter& writer, Timestamp time) {
  writer.Fixed64(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

Timestamp ReadTime(ByteReader& reader) {
  return Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(reader.Fixed64())}};
}

void WriteConsumer(ByteWriter& writer, const ConsumerKey& key, const ConsumerState& state) {
  writer.String(key.channel);
  writer.String(key.name);
  writer.Varint(state.position.offset);
  writer.String(state.position.epoch);
  writer.Varint(state.cursors.size());
  for (const auto& [producer, cursor] : state.cursors) {
    writer.String(producer);
    WriteSequence(writer, cursor.sequence);
    WriteTime(writer, cursor.produced_at);
  }
}

std::pair<ConsumerKey, ConsumerState> ReadConsumer(ByteReader& reader) {
  std::pair<ConsumerKey, ConsumerState> consumer;
  auto& [key, state] = consumer;
  key.channel = reader.String();
  key.name = reader.String();
  state.position.offset = reader.Varint();
  state.position.epoch = reader.String();
  const std::uint64_t count = reader.Varint();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const std::string_view producer = reader.String();
    Cursor& cursor = state.cursors[std::string(producer)];
    cursor.sequence = ReadSequence(reader);
    cursor.produced_at = ReadTime(reader);
  }
  return consumer;
}

void WriteKey(ByteWriter& writer, Tag tag, const ConsumerKey& key, std::int64_t id) {
  writer.Byte(tag);
  writer.String(key.channel);
  writer.String(key.name);
  WriteSequence(writer, id);
}

std::pair<ConsumerKey, std::int64_t> ReadKey(ByteReader& reader) {
  std::pair<ConsumerKey, std::int64_t> place;
  place.first.channel = reader.String();
  place.first.name = reader.String();
  place.second = ReadSequence(reader);
  return place;
}

void WriteLedgerRow(ByteWriter& writer, const LedgerRow& row) {
  writer.String(row.producer);
  writer.Byte(static_cast<std::uint8_t>(row.status));
  writer.Byte(static_cast<std::uint8_t>(row.cause));
  for (const std::int64_t sequence : {row.first, row.last, row.told_first, row.told_last}) {
    WriteSequence(writer, sequence);
  }
  WriteTime(writer, row.found_at);
  WriteTime(writer, row.ended_at);
}

std::pair<ConsumerKey, LedgerRow> ReadLedgerRow(ByteReader& reader) {
  std::pair<ConsumerKey, LedgerRow> entry;
  LedgerRow& row = entry.second;
  std::tie(entry.first, row.id) = ReadKey(reader);
  row.producer = reader.String();
  row.status = static_cast<LedgerStatus>(reader.Byte());
  row.cause = static_cast<GapCause>(reader.Byte());
  for (std::int64_t* sequence : {&row.first, &row.last, &row.told_first, &row.told_last}) {
    *sequence = ReadSequence(reader);
  }
  row.found_at = ReadTime(reader);
  row.ended_at = ReadTime(reader);
  return entry;
}

void WriteQuarantined(ByteWriter& writer, const QuarantinedEnvelope& kept) {
  writer.Varint(static_cast<std::uint64_t>(kept.code));
  writer.String(kept.reason);
  writer.Varint(kept.offset);
  WriteTime(writer, kept.quarantined_at);
  writer.String(*kept.bytes);
}

std::pair<ConsumerKey, QuarantinedEnvelope> ReadQuarantined(ByteReader& reader) {
  std::pair<ConsumerKey, QuarantinedEnvelope> entry;
  QuarantinedEnvelope& kept = entry.second;
  std::tie(entry.first, kept.id) = ReadKey(reader);
  kept.code = static_cast<Errc>(reader.Varint());
  kept.reason = reader.String();
  kept.offset = reader.Varint();
  kept.quarantined_at = ReadTime(reader);
  kept.bytes = std::make_shared<const std::string>(reader.String());
  return entry;
}

OutboxEntry ReadOutboxEntry(ByteReader& reader) {
  OutboxEntry entry;
  entry.channel = reader.String();
  entry.sequence = ReadSequence(reader);
  entry.bytes = std::make_shared<const std::string>(reader.String());
  return entry;
}

std::pair<std::string, std::int64_t> ReadPlace(ByteReader& reader) {
  std::string channel(reader.String());
  return {std::move(channel), ReadSequence(reader)};
}

}  // namespace

std::string EncodeChanges(const Changes& changes) {
  std::string bytes;
  bytes.reserve(ApproximateBytes(changes));
  ByteWriter writer(bytes);
  for (const auto& [channel, sequence] : changes.produced) {
    writer.Byte(kProduced);
    writer.String(channel);
    WriteSequence(writer, sequence);
  }
  for (const auto& [channel, ceiling] : changes.reserved) {
    writer.Byte(kReserved);
    writer.String(channel);
    WriteSequence(writer, ceiling);
  }
  for (const OutboxEntry& entry : changes.outbox_added) {
    writer.Byte(kOutboxAdded);
    writer.String(entry.channel);
    WriteSequence(writer, entry.sequence);
    writer.String(*entry.bytes);
  }
  for (const auto& [channel, sequence] : changes.outbox_removed) {
    writer.Byte(kOutboxRemoved);
    writer.String(channel);
    WriteSequence(writer, sequence);
  }
  for (const auto& [key, state] : changes.consumers) {
    writer.Byte(kConsumer);
    WriteConsumer(writer, key, state);
  }
  for (const auto& [key, row] : changes.ledger) {
    WriteKey(writer, kLedgerRow, key, row.id);
    WriteLedgerRow(writer, row);
  }
  for (const auto& [key, id] : changes.ledger_removed) WriteKey(writer, kLedgerRowRemoved, key, id);
  for (const auto& [key, kept] : changes.quarantine) {
    WriteKey(writer, kQuarantined, key, kept.id);
    WriteQuarantined(writer, kept);
  }
  for (const auto& [key, id] : changes.quarantine_removed) WriteKey(writer, kQuarantinedRemoved, key, id);
  return bytes;
}

std::optional<Changes> DecodeChanges(std::string_view bytes) {
  Changes changes;
  ByteReader reader(bytes);
  while (!reader.AtEnd()) {
    switch (reader.Byte()) {
      case kProduced:
        changes.produced.push_back(ReadPlace(reader));
        break;
      case kOutboxAdded:
        changes.outbox_added.push_back(ReadOutboxEntry(reader));
        break;
      case kOutboxRemoved:
        changes.outbox_removed.push_back(ReadPlace(reader));
        break;
      case kConsumer:
        changes.consumers.push_back(ReadConsumer(reader));
        break;
      case kReserved:
        changes.reserved.push_back(ReadPlace(reader));
        break;
      case kLedgerRow:
        changes.ledger.push_back(ReadLedgerRow(reader));
        break;
      case kLedgerRowRemoved:
        changes.ledger_removed.push_back(ReadKey(reader));
        break;
      case kQuarantined:
        changes.quarantine.push_back(ReadQuarantined(reader));
        break;
      case kQuarantinedRemoved:
        changes.quarantine_removed.push_back(ReadKey(reader));
        break;
      default:
        return std::nullopt;
    }
  }
  if (!reader.ok() || BrokenRule(changes)) return std::nullopt;
  return changes;
}

}  // namespace gapless::internal

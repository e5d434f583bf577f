#include "snapshot/changes_codec.h"

#include <chrono>
#include <cstdint>
#include <memory>
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
};

// Sequences are never negative here, so that a varint holds them as they are.
void WriteSequence(ByteWriter& writer, std::int64_t sequence) { writer.Varint(static_cast<std::uint64_t>(sequence)); }

// Above 2^63 - 1 it comes out negative, which the rules refuse.
std::int64_t ReadSequence(ByteReader& reader) { return static_cast<std::int64_t>(reader.Varint()); }

void WriteConsumer(ByteWriter& writer, const ConsumerKey& key, const ConsumerState& state) {
  writer.String(key.channel);
  writer.String(key.name);
  writer.Varint(state.position.offset);
  writer.String(state.position.epoch);
  writer.Varint(state.cursors.size());
  for (const auto& [producer, cursor] : state.cursors) {
    writer.String(producer);
    WriteSequence(writer, cursor.sequence);
    writer.Fixed64(static_cast<std::uint64_t>(cursor.produced_at.time_since_epoch().count()));
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
    cursor.produced_at = Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(reader.Fixed64())}};
  }
  return consumer;
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
      default:
        return std::nullopt;
    }
  }
  if (!reader.ok() || BrokenRule(changes)) return std::nullopt;
  return changes;
}

}  // namespace gapless::internal

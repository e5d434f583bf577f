#include "snapshot/change_rules.h"

#include "envelope/json_string.h"
#include "envelope/quoted.h"

namespace gapless::internal {
namespace {

// A row or record costs something even if its names are short.
constexpr std::size_t kBytesPerItem = 16;

std::string NotUtf8(const char* what, const std::string& name) {
  return std::string(what) + " " + QuotedExcerpt(name) + " is not UTF-8";
}

std::string BadSequence(const char* what, const std::string& channel, std::int64_t sequence) {
  return std::string(what) + " " + std::to_string(sequence) + " of " + QuotedExcerpt(channel) + " is below its minimum";
}

std::optional<std::string> BrokenConsumerRule(const ConsumerKey& key, const ConsumerState& state) {
  if (!IsUtf8(key.channel)) return NotUtf8("channel", key.channel);
  if (!IsUtf8(key.name)) return NotUtf8("subscription name", key.name);
  if (!IsUtf8(state.position.epoch)) return NotUtf8("epoch", state.position.epoch);
  for (const auto& [producer, cursor] : state.cursors) {
    if (!IsUtf8(producer)) return NotUtf8("producer", producer);
    if (cursor.sequence < 0) return BadSequence("cursor", key.channel, cursor.sequence);
  }
  return std::nullopt;
}

std::optional<std::string> BrokenKeyRule(const ConsumerKey& key, std::int64_t id) {
  if (!IsUtf8(key.channel)) return NotUtf8("channel", key.channel);
  if (!IsUtf8(key.name)) return NotUtf8("subscription name", key.name);
  if (id < 1) return BadSequence("id", key.channel, id);
  return std::nullopt;
}

std::optional<std::string> BrokenRowRule(const ConsumerKey& key, const LedgerRow& row) {
  if (auto broken = BrokenKeyRule(key, row.id)) return broken;
  if (!IsUtf8(row.producer)) return NotUtf8("producer", row.producer);
  for (const std::int64_t sequence : {row.first, row.last, row.told_first, row.told_last}) {
    if (sequence < 0) return BadSequence("ledger sequence", key.channel, sequence);
  }
  if (ToString(row.status) == "?" || ToString(row.cause) == "unknown") {
    return "a ledger row of " + QuotedExcerpt(key.channel) + " has no known status or cause";
  }
  return std::nullopt;
}

std::optional<std::string> BrokenQuarantineRule(const ConsumerKey& key, const QuarantinedEnvelope& kept) {
  if (auto broken = BrokenKeyRule(key, kept.id)) return broken;
  if (!kept.bytes) return "a quarantined envelope of " + QuotedExcerpt(key.channel) + " has no bytes";
  if (!IsUtf8(kept.reason)) return NotUtf8("reason", kept.reason);
  return std::nullopt;
}

std::size_t KeyBytes(const ConsumerKey& key) { return key.channel.size() + key.name.size() + kBytesPerItem; }

}  // namespace

bool IsUtf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t ApproximateBytes(const Changes& changes) noexcept {
  std::size_t bytes = 0;
  for (const auto& [channel, sequence] : changes.produced) bytes += channel.size() + kBytesPerItem;
  for (const auto& [channel, ceiling] : changes.reserved) bytes += channel.size() + kBytesPerItem;
  for (const auto& [channel, sequence] : changes.outbox_removed) bytes += channel.size() + kBytesPerItem;
  for (const OutboxEntry& entry : changes.outbox_added) {
    bytes += entry.channel.size() + (entry.bytes ? entry.bytes->size() : 0) + kBytesPerItem;
  }
  for (const auto& [key, state] : changes.consumers) {
    bytes += key.channel.size() + key.name.size() + state.position.epoch.size() + kBytesPerItem;
    for (const auto& [producer, cursor] : state.cursors) bytes += producer.size() + 2 * kBytesPerItem;
  }
  for (const auto& [key, row] : changes.ledger) bytes += KeyBytes(key) + row.producer.size() + 4 * kBytesPerItem;
  for (const auto& [key, id] : changes.ledger_removed) bytes += KeyBytes(key);
  for (const auto& [key, kept] : changes.quarantine) {
    bytes += KeyBytes(key) + (kept.bytes ? kept.bytes->size() : 0) + kept.reason.size() + 2 * kBytesPerItem;
  }
  for (const auto& [key, id] : changes.quarantine_removed) bytes += KeyBytes(key);
  return bytes;
}

std::optional<std::string> BrokenRule(const Changes& changes) {
  for (const auto& [channel, sequence] : changes.produced) {
    if (!IsUtf8(channel)) return NotUtf8("channel", channel);
    if (sequence < 1) return BadSequence("sequence", channel, sequence);
  }
  for (const auto& [channel, ceiling] : changes.reserved) {
    if (!IsUtf8(channel)) return NotUtf8("channel", channel);
    if (ceiling < 0) return BadSequence("ceiling", channel, ceiling);
  }
  for (const OutboxEntry& entry : changes.outbox_added) {
    if (!IsUtf8(entry.channel)) return NotUtf8("channel", entry.channel);
    if (entry.sequence < 1) return BadSequence("outbox sequence", entry.channel, entry.sequence);
    if (!entry.bytes) return "an outbox entry of " + QuotedExcerpt(entry.channel) + " has no bytes";
  }
  for (const auto& [channel, sequence] : changes.outbox_removed) {
    if (!IsUtf8(channel)) return NotUtf8("channel", channel);
    if (sequence < 1) return BadSequence("outbox sequence", channel, sequence);
  }
  for (const auto& [key, state] : changes.consumers) {
    if (auto broken = BrokenConsumerRule(key, state)) return broken;
  }
  for (const auto& [key, row] : changes.ledger) {
    if (auto broken = BrokenRowRule(key, row)) return broken;
  }
  for (const auto& [key, kept] : changes.quarantine) {
    if (auto broken = BrokenQuarantineRule(key, kept)) return broken;
  }
  for (const auto* removed : {&changes.ledger_removed, &changes.quarantine_removed}) {
    for (const auto& [key, id] : *removed) {
      if (auto broken = BrokenKeyRule(key, id)) return broken;
    }
  }
  return std::nullopt;
}

void CheckChanges(const Changes& changes) {
  if (const auto broken = BrokenRule(changes)) {
    throw Error(Errc::kInvalidArgument, "these changes cannot be saved: " + *broken + "; nothing was saved");
  }
  if (const std::size_t bytes = ApproximateBytes(changes); bytes > kMaxSaveBytes) {
    throw Error(Errc::kInvalidArgument, "these changes take about " + std::to_string(bytes) +
                                            " bytes, one save holds " + std::to_string(kMaxSaveBytes) + "; split them");
  }
}

void CheckProducerId(const std::string& producer_id) {
  if (producer_id.empty()) throw Error(Errc::kInvalidArgument, "the producer id is empty; state belongs to a producer");
  if (!IsUtf8(producer_id)) throw Error(Errc::kInvalidArgument, NotUtf8("producer id", producer_id));
}

}  // namespace gapless::internal

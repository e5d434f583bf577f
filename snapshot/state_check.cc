#include "snapshot/state_check.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "envelope/quoted.h"

namespace gapless::internal {
namespace {

class Checker {
 public:
  explicit Checker(const StoredState& stored) : stored_(stored), state_(stored.state) {}

  std::vector<StateFinding> Check() {
    CheckOutbox();
    for (const auto& [key, rows] : state_.ledger) CheckLedger(key, rows);
    for (const auto& [key, envelopes] : state_.quarantine) CheckQuarantine(key, envelopes);
    return std::move(findings_);
  }

 private:
  void Damage(std::string where, std::string what) { findings_.push_back({true, std::move(where), std::move(what)}); }
  void Note(std::string where, std::string what) { findings_.push_back({false, std::move(where), std::move(what)}); }

  std::int64_t MayBeUsed(const std::string& channel) const {
    const auto reserved = state_.reserved.find(channel);
    if (reserved != state_.reserved.end()) return reserved->second;
    const auto produced = state_.produced.find(channel);
    return produced == state_.produced.end() ? 0 : produced->second;
  }

  void CheckOutbox() {
    std::map<std::string, std::int64_t> last;
    for (const OutboxEntry& entry : state_.outbox) {
      const std::string where = "outbox, " + QuotedExcerpt(entry.channel) + " " + std::to_string(entry.sequence);
      CheckOutboxBytes(where, entry);
      if (entry.sequence > MayBeUsed(entry.channel)) {
        Damage(where, "the stream was produced up to " + std::to_string(MayBeUsed(entry.channel)) +
                          " only, so this sequence would be used again");
      }
      const auto [before, first] = last.try_emplace(entry.channel, entry.sequence);
      if (first) continue;
      if (entry.sequence <= before->second) {
        Damage(where, "it stands behind " + std::to_string(before->second) + " of the same stream");
      } else if (entry.sequence != before->second + 1) {
        Note(where, "what lies between it and " + std::to_string(before->second) + " was answered before it");
      }
      before->second = entry.sequence;
    }
  }

  void CheckOutboxBytes(const std::string& where, const OutboxEntry& entry) {
    try {
      const Envelope envelope = DecodeEnvelope(*entry.bytes);
      ValidateEnvelope(envelope);
      if (envelope.channel != entry.channel || envelope.sequence != entry.sequence) {
        Damage(where,
               "its bytes are those of " + QuotedExcerpt(envelope.channel) + " " + std::to_string(envelope.sequence));
      }
      if (!stored_.producer.empty() && envelope.producer.id != stored_.producer) {
        Damage(where, "its bytes name another producer, " + QuotedExcerpt(envelope.producer.id));
      }
    } catch (const Error& error) {
      Damage(where, std::string("its bytes are no envelope: ") + error.what());
    }
  }

  void CheckLedger(const ConsumerKey& key, const std::vector<LedgerRow>& rows) {
    // Of the present life of each producer: by producer and first sequence.
    std::map<std::pair<std::string, std::int64_t>, const LedgerRow*> ranges;
    for (const LedgerRow& row : rows) {
      const std::string where = "ledger of " + QuotedExcerpt(key.channel) +
                                (key.name.empty() ? "" : ", " + QuotedExcerpt(key.name)) + ", row " +
                                std::to_string(row.id);
      const bool is_range = row.status == LedgerStatus::kMissing || row.status == LedgerStatus::kFilled ||
                            row.status == LedgerStatus::kUnknown;
      if (is_range && (row.first < 1 || row.first > row.last)) Damage(where, "its range is none");
      if (is_range && (row.told_first > row.first || row.told_last < row.last)) {
        Damage(where, "it is no part of what was told");
      }
      if (row.status == LedgerStatus::kMissing || row.status == LedgerStatus::kUnknown) {
        ranges.emplace(std::pair(row.producer, row.first), &row);
      }
    }
    const LedgerRow* before = nullptr;
    for (const auto& [place, row] : ranges) {
      if (before != nullptr && before->producer == row->producer && row->first <= before->last) {
        Damage("ledger of " + QuotedExcerpt(key.channel),
               "rows " + std::to_string(before->id) + " and " + std::to_string(row->id) + " overlap");
      }
      before = row;
    }
  }

  void CheckQuarantine(const ConsumerKey& key, const std::vector<QuarantinedEnvelope>& envelopes) {
    for (const QuarantinedEnvelope& kept : envelopes) {
      const std::string where = "quarantine of " + QuotedExcerpt(key.channel) + ", " + std::to_string(kept.id);
      try {
        const Envelope envelope = DecodeEnvelope(*kept.bytes);
        if (envelope.channel != key.channel) Damage(where, "it is of " + QuotedExcerpt(envelope.channel));
      } catch (const Error& error) {
        Damage(where, std::string("its bytes are no envelope: ") + error.what());
      }
    }
  }

  const StoredState& stored_;
  const State& state_;
  std::vector<StateFinding> findings_;
};

}  // namespace

std::vector<StateFinding> CheckContent(const StoredState& stored) { return Checker(stored).Check(); }

}  // namespace gapless::internal

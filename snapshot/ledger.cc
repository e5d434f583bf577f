#include "snapshot/ledger.h"

#include <algorithm>

namespace gapless {

std::string_view ToString(LedgerStatus status) noexcept {
  switch (status) {
    case LedgerStatus::kMissing:
      return "missing";
    case LedgerStatus::kFilled:
      return "filled";
    case LedgerStatus::kOpen:
      return "open";
    case LedgerStatus::kNothing:
      return "nothing";
    case LedgerStatus::kReset:
      return "reset";
    case LedgerStatus::kAbandoned:
      return "abandoned";
    case LedgerStatus::kUnknown:
      return "unknown";
  }
  return "?";
}

}  // namespace gapless

namespace gapless::internal {

Changes LedgerOfOlderState(const std::map<ConsumerKey, ConsumerState>& consumers) {
  Changes changes;
  for (const auto& [key, state] : consumers) {
    std::int64_t id = 0;
    for (const auto& [producer, cursor] : state.cursors) {
      if (cursor.sequence == 0) continue;
      changes.ledger.emplace_back(key, LedgerRow{.id = ++id,
                                                 .producer = producer,
                                                 .status = LedgerStatus::kUnknown,
                                                 .cause = GapCause::kNotAccounted,
                                                 .first = 1,
                                                 .last = cursor.sequence,
                                                 .told_first = 1,
                                                 .told_last = cursor.sequence});
    }
  }
  return changes;
}

Completeness Judge(const std::vector<LedgerRow>& rows, const std::string& producer, std::int64_t cursor,
                   std::int64_t first, std::int64_t last) {
  Completeness answer;
  answer.handled_up_to = cursor;
  for (const LedgerRow& row : rows) {
    if (row.producer != producer) continue;
    const bool is_reset = row.status == LedgerStatus::kReset;
    const std::int64_t end = row.status == LedgerStatus::kOpen ? last : row.last;
    const SequenceRange common{std::max(first, row.first), std::min(last, end)};
    const bool touches = common.first <= common.last;
    if (touches || is_reset) answer.rows.push_back(row);
    if (row.status == LedgerStatus::kMissing) {
      // It was told when something behind it came, whose handlers may not have returned yet.
      answer.handled_up_to = std::max(answer.handled_up_to, row.last);
      if (touches) answer.missing.push_back(common);
    } else if (row.status == LedgerStatus::kUnknown && touches) {
      answer.unknown.push_back(common);
    }
  }
  if (answer.handled_up_to < last) answer.pending.push_back({std::max(first, answer.handled_up_to + 1), last});
  const auto by_first = [](const SequenceRange& a, const SequenceRange& b) { return a.first < b.first; };
  std::sort(answer.missing.begin(), answer.missing.end(), by_first);
  std::sort(answer.unknown.begin(), answer.unknown.end(), by_first);
  answer.complete = answer.missing.empty() && answer.unknown.empty() && answer.pending.empty();
  return answer;
}

}  // namespace gapless::internal

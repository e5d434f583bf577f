#include "client/gap_ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace gapless::internal {

GapLedger::GapLedger(const ConsumerRecord& restored, std::size_t limit) : limit_(limit), rows_(restored.ledger) {
  for (const auto& [id, row] : rows_) {
    Index(row);
    if (row.status == LedgerStatus::kReset) ForgetRanges(row.producer);
  }
  if (!rows_.empty()) last_id_ = rows_.rbegin()->first;
  for (const auto& [producer, cursor] : restored.state.cursors) met_.insert(producer);
}

void GapLedger::Tell(const Gap& gap, Timestamp now) {
  switch (gap.kind) {
    case GapKind::kRange:
      TellRange(gap, now);
      break;
    case GapKind::kOpen:
      TellOpen(gap, now);
      break;
    case GapKind::kNone:
      if (const auto open = open_.find(gap.producer); open != open_.end()) {
        End(open->second, LedgerStatus::kNothing, now);
      }
      break;
    case GapKind::kReset:
      TellReset(gap, now);
      break;
    case GapKind::kFilled:
      break;  // The envelopes have said so.
  }
  KeepToLimit(now);
}

void GapLedger::Arrive(const std::string& producer, std::int64_t sequence, bool late, Timestamp now) {
  if (late) {
    Fill(producer, sequence, now);
  } else if (met_.insert(producer).second) {
    Meet(producer, sequence, now);
  } else {
    return;
  }
  KeepToLimit(now);
}

void GapLedger::Index(const LedgerRow& row) {
  switch (row.status) {
    case LedgerStatus::kMissing:
      ranges_[{row.producer, row.first}] = row.id;
      missing_.insert(row.id);
      break;
    case LedgerStatus::kFilled:
      ranges_[{row.producer, row.first}] = row.id;
      ended_.insert(row.id);
      break;
    case LedgerStatus::kOpen:
      open_[row.producer] = row.id;
      break;
    case LedgerStatus::kUnknown:
      unknown_[row.producer] = row.id;
      break;
    case LedgerStatus::kNothing:
    case LedgerStatus::kReset:
    case LedgerStatus::kAbandoned:
      ended_.insert(row.id);
      break;
  }
}

void GapLedger::Unindex(const LedgerRow& row) {
  const auto forget = [&row](auto& index, const auto& key) {
    const auto found = index.find(key);
    if (found != index.end() && found->second == row.id) index.erase(found);
  };
  forget(ranges_, std::pair(row.producer, row.first));
  forget(open_, row.producer);
  forget(unknown_, row.producer);
  missing_.erase(row.id);
  ended_.erase(row.id);
}

GapLedger::Id GapLedger::Add(LedgerRow row) {
  row.id = ++last_id_;
  Index(row);
  edits_.Put(row);
  rows_.emplace(row.id, std::move(row));
  return last_id_;
}

void GapLedger::Replace(const LedgerRow& row) {
  LedgerRow& stored = rows_.at(row.id);
  Unindex(stored);
  stored = row;
  Index(stored);
  edits_.Put(stored);
}

void GapLedger::Remove(Id id) {
  const auto found = rows_.find(id);
  Unindex(found->second);
  rows_.erase(found);
  edits_.Remove(id);
}

void GapLedger::End(Id id, LedgerStatus status, Timestamp now) {
  LedgerRow row = rows_.at(id);
  row.status = status;
  row.ended_at = now;
  Replace(row);
}

void GapLedger::TellRange(const Gap& gap, Timestamp now) {
  LedgerRow row;
  if (const auto open = open_.find(gap.producer); open != open_.end()) {
    // It keeps its cause, which says more than that it was open.
    row = rows_.at(open->second);
  } else {
    // A crash between the save of a gap and that of what followed it lets the gap be told again.
    const auto known = ranges_.find({gap.producer, gap.first});
    if (known != ranges_.end() && missing_.contains(known->second) && rows_.at(known->second).last == gap.last) return;
    row.producer = gap.producer;
    row.cause = gap.cause;
    row.found_at = now;
  }
  row.status = LedgerStatus::kMissing;
  row.first = row.told_first = gap.first;
  row.last = row.told_last = gap.last;
  if (row.id != 0) {
    Replace(row);
  } else {
    Add(std::move(row));
  }
}

void GapLedger::TellOpen(const Gap& gap, Timestamp now) {
  // One that is never closed, because no stream was known, says all that a second one would.
  if (open_.contains(gap.producer)) return;
  LedgerRow row;
  row.producer = gap.producer;
  row.status = LedgerStatus::kOpen;
  row.cause = gap.cause;
  row.first = row.told_first = gap.first;
  row.found_at = now;
  Add(std::move(row));
}

void GapLedger::TellReset(const Gap& gap, Timestamp now) {
  std::vector<Id> abandoned;
  for (auto at = ranges_.lower_bound({gap.producer, 0}); at != ranges_.end() && at->first.first == gap.producer; ++at) {
    if (missing_.contains(at->second)) abandoned.push_back(at->second);
  }
  if (const auto open = open_.find(gap.producer); open != open_.end()) abandoned.push_back(open->second);
  for (const Id id : abandoned) End(id, LedgerStatus::kAbandoned, now);
  ForgetRanges(gap.producer);
  if (const auto unknown = unknown_.find(gap.producer); unknown != unknown_.end()) Remove(unknown->second);
  LedgerRow row;
  row.producer = gap.producer;
  row.status = LedgerStatus::kReset;
  row.cause = gap.cause;
  row.first = row.told_first = gap.first;
  row.last = row.told_last = gap.last;
  row.found_at = row.ended_at = now;
  Add(std::move(row));
}

/// What came late belongs to the life before as well, so that nothing of the new life may be joined to it.
void GapLedger::ForgetRanges(const std::string& producer) {
  const auto from = ranges_.lower_bound({producer, 0});
  ranges_.erase(from, std::find_if(from, ranges_.end(), [&](const auto& at) { return at.first.first != producer; }));
}

void GapLedger::Fill(const std::string& producer, std::int64_t sequence, Timestamp now) {
  const auto after = ranges_.upper_bound({producer, sequence});
  if (after == ranges_.begin()) return;
  const auto& [place, id] = *std::prev(after);
  const LedgerRow whole = rows_.at(id);
  if (place.first != producer || whole.status != LedgerStatus::kMissing || whole.last < sequence) return;
  LedgerRow filled = whole;
  filled.status = LedgerStatus::kFilled;
  filled.first = filled.last = sequence;
  filled.ended_at = now;
  // Its id goes to what is still missing, so that the age of a row is that of the gap.
  LedgerRow left = whole;
  left.last = sequence - 1;
  LedgerRow right = whole;
  right.first = sequence + 1;
  const bool has_left = left.first <= left.last;
  const bool has_right = right.first <= right.last;
  if (has_left) Replace(left);
  if (has_right && !has_left) Replace(right);
  if (has_right && has_left) Add(right);
  if (!has_left && !has_right) Remove(id);
  AddFilled(std::move(filled));
}

/// Joins it to the rows that were filled on either side of it, if they are parts of the same gap.
void GapLedger::AddFilled(LedgerRow filled) {
  const auto joins = [&](const LedgerRow& other) {
    return other.status == LedgerStatus::kFilled && other.told_first == filled.told_first &&
           other.told_last == filled.told_last;
  };
  if (const auto right = ranges_.find({filled.producer, filled.last + 1}); right != ranges_.end()) {
    const LedgerRow other = rows_.at(right->second);
    if (joins(other)) {
      filled.last = other.last;
      Remove(other.id);
    }
  }
  const auto after = ranges_.upper_bound({filled.producer, filled.first});
  if (after != ranges_.begin() && std::prev(after)->first.first == filled.producer) {
    LedgerRow other = rows_.at(std::prev(after)->second);
    if (joins(other) && other.last == filled.first - 1) {
      other.last = filled.last;
      other.ended_at = filled.ended_at;
      Replace(other);
      return;
    }
  }
  Add(std::move(filled));
}

void GapLedger::Meet(const std::string& producer, std::int64_t sequence, Timestamp now) {
  std::int64_t first = sequence;
  const auto lowest = ranges_.lower_bound({producer, 0});
  if (lowest != ranges_.end() && lowest->first.first == producer) first = std::min(first, lowest->first.second);
  if (first > 1) ForgetUpTo(producer, first - 1, now);
}

void GapLedger::ForgetUpTo(const std::string& producer, std::int64_t last, Timestamp now) {
  std::vector<Id> covered;
  for (auto at = ranges_.lower_bound({producer, 0});
       at != ranges_.end() && at->first.first == producer && at->first.second <= last; ++at) {
    covered.push_back(at->second);
  }
  for (const Id id : covered) Remove(id);
  LedgerRow row;
  if (const auto known = unknown_.find(producer); known != unknown_.end()) row = rows_.at(known->second);
  row.producer = producer;
  row.status = LedgerStatus::kUnknown;
  row.cause = GapCause::kNotAccounted;
  row.first = row.told_first = 1;
  row.last = row.told_last = std::max(row.last, last);
  row.found_at = now;
  if (row.id != 0) {
    Replace(row);
  } else {
    Add(std::move(row));
  }
}

void GapLedger::KeepToLimit(Timestamp now) {
  while (missing_.size() + ended_.size() > limit_) {
    if (!ended_.empty()) {
      Remove(*ended_.begin());
    } else {
      const LedgerRow oldest = rows_.at(*missing_.begin());
      ForgetUpTo(oldest.producer, oldest.last, now);
    }
  }
}

}  // namespace gapless::internal

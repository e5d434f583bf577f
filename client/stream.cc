#include "client/stream.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>

namespace gapless::internal {
namespace {
// Bounds the memory of a stream that keeps losing envelopes; a late arrival in a forgotten range counts as a duplicate.
constexpr std::size_t kMaxMissingRanges = 1'024;
// How far apart concurrent publishes of one producer can be stamped and still arrive in the other order.
constexpr std::chrono::seconds kStampingDisorder{10};
}  // namespace

Sighting Stream::Look(const Envelope& envelope) const {
  const std::int64_t sequence = envelope.sequence;
  if (!high_) return {Sighting::Kind::kNext};
  if (sequence > *high_) {
    if (sequence == next()) return {Sighting::Kind::kNext};
    return {Sighting::Kind::kHole, next()};
  }
  const bool missing = IsMissing(sequence);
  // A cursor without a time, from state that another program wrote, has nothing to compare with.
  const bool comparable = youngest_ != kUnsetTime;
  if (comparable &&
      envelope.produced_at > (missing ? youngest_ + kStampingDisorder : std::max(youngest_, youngest_late_))) {
    return {Sighting::Kind::kReset, 1};
  }
  return {missing ? Sighting::Kind::kLate : Sighting::Kind::kDuplicate};
}

std::int64_t Stream::next() const {
  const std::int64_t high = high_.value_or(0);
  return high == std::numeric_limits<std::int64_t>::max() ? high : high + 1;
}

std::optional<SequenceRange> Stream::Take(const Envelope& envelope, const Sighting& sighting, bool report) {
  switch (sighting.kind) {
    case Sighting::Kind::kDuplicate:
      return std::nullopt;
    case Sighting::Kind::kLate:
      youngest_late_ = std::max(youngest_late_, envelope.produced_at);
      return Fill(envelope.sequence);
    case Sighting::Kind::kReset:
      missing_.clear();
      told_.clear();
      youngest_ = envelope.produced_at;
      youngest_late_ = kUnsetTime;
      if (envelope.sequence > 1) Miss(1, envelope.sequence - 1, report);
      break;
    case Sighting::Kind::kHole:
      Miss(sighting.first_missing, envelope.sequence - 1, report);
      break;
    case Sighting::Kind::kNext:
      break;
  }
  high_ = envelope.sequence;
  youngest_ = std::max(youngest_, envelope.produced_at);
  return std::nullopt;
}

void Stream::RestoreMissing(const SequenceRange& range) {
  RememberMissing(range.first, range.last);
  high_ = std::max(high_.value_or(0), range.last);
}

void Stream::RestoreTold(const SequenceRange& told, std::int64_t missing) { told_[told.first] = {told.last, missing}; }

void Stream::Miss(std::int64_t first, std::int64_t last, bool report) {
  if (report) told_[first] = {last, last - first + 1};
  RememberMissing(first, last);
}

void Stream::RememberMissing(std::int64_t first, std::int64_t last) {
  missing_.emplace(first, last);
  if (missing_.size() <= kMaxMissingRanges) return;
  // What was reported with it will never be known to be whole again.
  const auto told = told_.upper_bound(missing_.begin()->first);
  if (told != told_.begin()) told_.erase(std::prev(told));
  missing_.erase(missing_.begin());
}

bool Stream::IsMissing(std::int64_t sequence) const {
  auto after = missing_.upper_bound(sequence);
  return after != missing_.begin() && std::prev(after)->second >= sequence;
}

std::optional<SequenceRange> Stream::Fill(std::int64_t sequence) {
  auto range = std::prev(missing_.upper_bound(sequence));
  const auto [first, last] = *range;
  missing_.erase(range);
  if (first < sequence) RememberMissing(first, sequence - 1);
  if (sequence < last) RememberMissing(sequence + 1, last);
  const auto after = told_.upper_bound(sequence);
  if (after == told_.begin()) return std::nullopt;
  const auto told = std::prev(after);
  if (told->second.last < sequence || --told->second.missing > 0) return std::nullopt;
  const SequenceRange whole{told->first, told->second.last};
  told_.erase(told);
  return whole;
}

}  // namespace gapless::internal

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
  if (comparable && envelope.produced_at > (missing ? youngest_ + kStampingDisorder : youngest_)) {
    return {Sighting::Kind::kReset, 1};
  }
  return {missing ? Sighting::Kind::kLate : Sighting::Kind::kDuplicate};
}

std::int64_t Stream::next() const {
  const std::int64_t high = high_.value_or(0);
  return high == std::numeric_limits<std::int64_t>::max() ? high : high + 1;
}

void Stream::Take(const Envelope& envelope, const Sighting& sighting) {
  switch (sighting.kind) {
    case Sighting::Kind::kDuplicate:
      return;
    case Sighting::Kind::kLate:
      Forget(envelope.sequence);
      return;
    case Sighting::Kind::kReset:
      missing_.clear();
      youngest_ = envelope.produced_at;
      if (envelope.sequence > 1) RememberMissing(1, envelope.sequence - 1);
      break;
    case Sighting::Kind::kHole:
      RememberMissing(sighting.first_missing, envelope.sequence - 1);
      break;
    case Sighting::Kind::kNext:
      break;
  }
  high_ = envelope.sequence;
  youngest_ = std::max(youngest_, envelope.produced_at);
}

void Stream::RememberMissing(std::int64_t first, std::int64_t last) {
  missing_.emplace(first, last);
  if (missing_.size() > kMaxMissingRanges) missing_.erase(missing_.begin());
}

bool Stream::IsMissing(std::int64_t sequence) const {
  auto after = missing_.upper_bound(sequence);
  return after != missing_.begin() && std::prev(after)->second >= sequence;
}

void Stream::Forget(std::int64_t sequence) {
  auto range = std::prev(missing_.upper_bound(sequence));
  const auto [first, last] = *range;
  missing_.erase(range);
  if (first < sequence) RememberMissing(first, sequence - 1);
  if (sequence < last) RememberMissing(sequence + 1, last);
}

}  // namespace gapless::internal

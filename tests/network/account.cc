#include "tests/network/account.h"

namespace gapless::test {

void Account::AttachTo(Subscription& subscription) {
  subscription.OnGap([this](const Gap& gap) { Add(gap); });
  subscription.OnEnvelope([this](const Envelope& envelope) { Add(envelope); });
}

void Account::Add(const Envelope& envelope) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Stream& stream = streams_[envelope.producer.id];
  ++delivered_;
  if (envelope.late) {
    if (stream.missing.erase(envelope.sequence) == 0) {
      Break("R2: late, but not of a range that was told", envelope.producer.id, envelope.sequence);
    }
  } else {
    if (envelope.sequence != stream.reached + 1) {
      Break("R1: after " + std::to_string(stream.reached), envelope.producer.id, envelope.sequence);
    }
    stream.reached = envelope.sequence;
  }
  changed_.notify_all();
}

void Account::Add(const Gap& gap) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Stream& stream = streams_[gap.producer];
  if (gap.kind == GapKind::kRange) {
    if (gap.first != stream.reached + 1 || gap.last < gap.first) {
      Break("R2: a range up to " + std::to_string(gap.last) + " after " + std::to_string(stream.reached), gap.producer,
            gap.first);
    }
    for (std::int64_t sequence = gap.first; sequence <= gap.last; ++sequence) stream.missing.insert(sequence);
    stream.reached = gap.last;
    stream.open = false;
  } else if (gap.kind == GapKind::kOpen && !gap.producer.empty()) {
    if (stream.open) Break("R2: opened twice", gap.producer, gap.first);
    stream.open = true;
    ++open_gaps_;
  } else if (gap.kind == GapKind::kNone) {
    if (!stream.open) Break("R2: closed, but not open", gap.producer, gap.first);
    stream.open = false;
  } else if (gap.kind == GapKind::kFilled) {
    const auto first = stream.missing.lower_bound(gap.first);
    if (first != stream.missing.end() && *first <= gap.last) Break("R2: not all has arrived", gap.producer, *first);
  } else if (gap.kind == GapKind::kReset) {
    Break("R6: a producer that never started over", gap.producer, gap.first);
  }
  changed_.notify_all();
}

void Account::Break(const std::string& promise, const std::string& producer, std::int64_t sequence) {
  // The first ones say it; the rest would only follow from them.
  if (broken_.size() < 20) broken_.push_back(promise + ", " + producer + " " + std::to_string(sequence));
}

bool Account::WaitForStream(const std::string& producer, std::int64_t last, std::chrono::seconds patience) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return streams_[producer].reached >= last; });
}

std::int64_t Account::Reached(const std::string& producer) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = streams_.find(producer);
  return found == streams_.end() ? 0 : found->second.reached;
}

std::size_t Account::missing() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::size_t count = 0;
  for (const auto& [producer, stream] : streams_) count += stream.missing.size();
  return count;
}

std::size_t Account::delivered() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return delivered_;
}

std::size_t Account::open_gaps() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return open_gaps_;
}

std::vector<std::string> Account::broken() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return broken_;
}

}  // namespace gapless::test

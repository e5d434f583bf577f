#include "hub/streams.h"

#include "hub/mix.h"

namespace gapless::hub {

Stream& Streams::Open(std::string_view channel, TimePoint now) {
  if (Stream* stream = Find(channel, now)) return *stream;
  return streams_.emplace(std::string(channel), Stream(NewEpoch(channel), now)).first->second;
}

Stream* Streams::Find(std::string_view channel, TimePoint now) {
  const auto found = streams_.find(channel);
  if (found == streams_.end()) return nullptr;
  found->second.Expire(now, bounds_);
  found->second.Touch(now);
  return &found->second;
}

void Streams::Forget(std::string_view channel) {
  const auto found = streams_.find(channel);
  if (found != streams_.end()) streams_.erase(found);
  ++generation_;
}

void Streams::Sweep(TimePoint now, const std::function<bool(std::string_view)>& has_subscribers) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepInterval;
  bool offsets_forgotten = false;
  for (auto entry = streams_.begin(); entry != streams_.end();) {
    Stream& stream = entry->second;
    stream.Expire(now, bounds_);
    if (has_subscribers(entry->first)) stream.Touch(now);
    const bool never_used = stream.Top().offset == 0;
    const bool due = never_used ? !has_subscribers(entry->first) : now - stream.last_use() > kMetaTtl;
    if (stream.HoldsNothing() && due) {
      offsets_forgotten = offsets_forgotten || !never_used;
      entry = streams_.erase(entry);
    } else {
      ++entry;
    }
  }
  if (offsets_forgotten) ++generation_;
}

// Eight letters, as real servers have.
std::string Streams::NewEpoch(std::string_view channel) const {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kLength = 8;
  constexpr std::uint64_t kFnvBasis = 0xCBF2'9CE4'8422'2325U;
  constexpr std::uint64_t kFnvPrime = 0x100'0000'01B3U;
  std::uint64_t hash = kFnvBasis;
  for (const char c : channel) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  std::uint64_t bits = Mix(Mix(seed_ ^ Mix(generation_)) ^ hash);
  std::string epoch;
  for (std::size_t i = 0; i < kLength; ++i, bits /= kLetters.size()) epoch += kLetters[bits % kLetters.size()];
  return epoch;
}

}  // namespace gapless::hub

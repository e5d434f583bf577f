#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "gapless/sequence.h"

namespace gapless {
namespace {

struct StreamKey {
  std::string channel;
  std::string producer;
};

struct StreamView {
  std::string_view channel;
  std::string_view producer;

  StreamView(std::string_view channel_name, std::string_view producer_id) noexcept
      : channel(channel_name), producer(producer_id) {}
  StreamView(const StreamKey& key) noexcept : channel(key.channel), producer(key.producer) {}
};

// Not noexcept: libstdc++ then keeps the hash in the table and need not hash the neighbours of a stream to pass them.
struct StreamHash {
  using is_transparent = void;
  std::size_t operator()(const StreamView& key) const {
    // An odd factor, so that a channel and a producer of the same text do not cancel out.
    constexpr std::size_t kFactor = 0x9E37'79B1U;
    return std::hash<std::string_view>{}(key.channel) * kFactor + std::hash<std::string_view>{}(key.producer);
  }
};

struct StreamEqual {
  using is_transparent = void;
  bool operator()(const StreamView& a, const StreamView& b) const noexcept {
    return a.channel == b.channel && a.producer == b.producer;
  }
};

// `from` < `to`. A distance beyond 2^63 − 1, which only foreign numbers reach, stays there.
std::int64_t SkippedBetween(std::int64_t from, std::int64_t to) noexcept {
  const std::uint64_t skipped = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) - 1;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(skipped, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

struct GapDetector::Impl {
  mutable std::mutex mutex;
  std::unordered_map<StreamKey, std::int64_t, StreamHash, StreamEqual> high_water;
};

GapDetector::GapDetector() : impl_(std::make_unique<Impl>()) {}
GapDetector::~GapDetector() = default;

Observation GapDetector::Observe(std::string_view channel, std::string_view producer, std::int64_t sequence) {
  const std::lock_guard lock(impl_->mutex);
  const auto entry = impl_->high_water.find(StreamView(channel, producer));
  if (entry == impl_->high_water.end()) {
    impl_->high_water.emplace(StreamKey{std::string(channel), std::string(producer)}, sequence);
    return {.first = true};
  }
  if (sequence <= entry->second) return {.duplicate = true};
  const Observation seen{.gap = SkippedBetween(entry->second, sequence)};
  entry->second = sequence;
  return seen;
}

std::int64_t GapDetector::HighWater(std::string_view channel, std::string_view producer) const {
  const std::lock_guard lock(impl_->mutex);
  const auto entry = impl_->high_water.find(StreamView(channel, producer));
  return entry == impl_->high_water.end() ? 0 : entry->second;
}

}  // namespace gapless

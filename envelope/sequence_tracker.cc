#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "gapless/error.h"
#include "gapless/sequence.h"

namespace gapless {
namespace {

// A channel with its hash, so that the hash is computed once for the shard and the table in it.
struct HashedChannel {
  std::string_view channel;
  std::size_t hash;

  explicit HashedChannel(std::string_view name) noexcept : channel(name), hash(std::hash<std::string_view>{}(name)) {}
};

// Not noexcept: libstdc++ keeps the hash in the table only if computing it might throw, and hashes every neighbour of
// a channel anew at each lookup otherwise.
struct ChannelHash {
  using is_transparent = void;
  std::size_t operator()(const HashedChannel& key) const { return key.hash; }
  std::size_t operator()(const std::string& channel) const { return std::hash<std::string_view>{}(channel); }
};

struct ChannelEqual {
  using is_transparent = void;
  bool operator()(const std::string& a, const std::string& b) const noexcept { return a == b; }
  bool operator()(const HashedChannel& a, const std::string& b) const noexcept { return a.channel == b; }
  bool operator()(const std::string& a, const HashedChannel& b) const noexcept { return a == b.channel; }
};

using LastByChannel = std::unordered_map<std::string, std::int64_t, ChannelHash, ChannelEqual>;

// Two processors must not share a line of cache only because two shards do.
struct alignas(64) Shard {
  mutable std::mutex mutex;
  LastByChannel last;
};

constexpr std::size_t kShardBits = 5;

}  // namespace

struct SequenceTracker::Impl {
  std::array<Shard, std::size_t{1} << kShardBits> shards;

  // The top bits choose the shard, so that the tables inside still see all the low ones vary.
  static std::size_t ShardIndex(const HashedChannel& key) noexcept {
    return key.hash >> (std::numeric_limits<std::size_t>::digits - kShardBits);
  }
  Shard& ShardOf(const HashedChannel& key) noexcept { return shards[ShardIndex(key)]; }
};

SequenceTracker::SequenceTracker() : impl_(std::make_unique<Impl>()) {}
SequenceTracker::~SequenceTracker() = default;

std::int64_t SequenceTracker::Next(std::string_view channel) {
  const HashedChannel key(channel);
  Shard& shard = impl_->ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  auto entry = shard.last.find(key);
  if (entry == shard.last.end()) entry = shard.last.emplace(channel, 0).first;
  if (entry->second == std::numeric_limits<std::int64_t>::max()) {
    throw Error(Errc::kInvalidState, "the channel has used every sequence up to 2^63 - 1; publish on another channel")
        .WithChannel(std::string(channel))
        .WithSequence(entry->second);
  }
  return ++entry->second;
}

std::int64_t SequenceTracker::Peek(std::string_view channel) const {
  const HashedChannel key(channel);
  const Shard& shard = impl_->ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  const auto entry = shard.last.find(key);
  return entry == shard.last.end() ? 0 : entry->second;
}

void SequenceTracker::Raise(std::string_view channel, std::int64_t last) {
  const HashedChannel key(channel);
  Shard& shard = impl_->ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  const auto entry = shard.last.find(key);
  if (entry == shard.last.end()) {
    // A channel that was never used stands at 0.
    shard.last.emplace(channel, std::max<std::int64_t>(last, 0));
  } else if (entry->second < last) {
    entry->second = last;
  }
}

std::map<std::string, std::int64_t> SequenceTracker::Snapshot() const {
  std::map<std::string, std::int64_t> snapshot;
  for (const Shard& shard : impl_->shards) {
    const std::lock_guard lock(shard.mutex);
    snapshot.insert(shard.last.begin(), shard.last.end());
  }
  return snapshot;
}

void SequenceTracker::Restore(const std::map<std::string, std::int64_t>& state) {
  std::array<LastByChannel, std::size_t{1} << kShardBits> restored;
  for (const auto& [channel, last] : state) restored[Impl::ShardIndex(HashedChannel(channel))].emplace(channel, last);
  for (std::size_t index = 0; index < restored.size(); ++index) {
    const std::lock_guard lock(impl_->shards[index].mutex);
    impl_->shards[index].last.swap(restored[index]);
  }
}

}  // namespace gapless

#ifndef GAPLESS_HUB_STREAMS_H_
#define GAPLESS_HUB_STREAMS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gapless/runtime.h"
#include "hub/ordered_map.h"
#include "hub/stream.h"

namespace gapless::hub {

/// All streams of a hub, and when they are forgotten:
///
/// - a stream that retains publications stays;
/// - one that retains none but has used offsets stays for `kMetaTtl` after its last use, as a real server keeps
///   its meta data: whoever was at its top can still recover, and offsets are not given twice in one epoch;
/// - one that was never published to costs nothing once nobody subscribes: its epoch can be made again.
///
/// Subscribers count as use. Asking about a channel that has no stream makes none.
class Streams {
 public:
  static constexpr Duration kMetaTtl = std::chrono::hours{720};
  static constexpr Duration kSweepInterval = std::chrono::minutes{1};

  Streams(std::uint64_t seed, StreamBounds bounds) : seed_(seed), bounds_(bounds) {}

  const StreamBounds& bounds() const noexcept { return bounds_; }
  /// The stream of `channel`, expired to `now`, new if there was none.
  Stream& Open(std::string_view channel, TimePoint now);
  /// The same without making one; null if there is none.
  Stream* Find(std::string_view channel, TimePoint now);
  /// Where a channel without a stream stands.
  Position EmptyTop(std::string_view channel) const { return {0, NewEpoch(channel)}; }
  /// The channel comes back with another epoch.
  void Forget(std::string_view channel);
  /// Forgets what is due; does nothing before `kSweepInterval` has passed since the last time.
  void Sweep(TimePoint now, const std::function<bool(std::string_view)>& has_subscribers);
  std::size_t size() const noexcept { return streams_.size(); }

 private:
  std::string NewEpoch(std::string_view channel) const;

  std::uint64_t seed_;
  StreamBounds bounds_;
  TextMap<Stream> streams_;
  /// Grows when offsets of an epoch were forgotten, so that the same epoch is not made again.
  std::uint64_t generation_ = 0;
  TimePoint next_sweep_{};
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_STREAMS_H_

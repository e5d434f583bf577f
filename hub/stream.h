#ifndef GAPLESS_HUB_STREAM_H_
#define GAPLESS_HUB_STREAM_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/runtime.h"
#include "gapless/transport.h"

namespace gapless::hub {

/// Shared by history, fan-out and answers; never changed.
using SharedPublication = std::shared_ptr<const Publication>;

struct StreamBounds {
  /// Publications kept, at most.
  std::size_t size = 0;
  /// Publications older than this are dropped; 0 keeps them.
  Duration ttl{0};
  /// Most publications of one answer.
  std::size_t page = 0;
};

/// What a subscriber gets who asks to recover.
struct Replay {
  bool recovered = false;
  /// The position asked from if recovered, else the top.
  Position position;
  std::vector<SharedPublication> publications;
};

struct HistoryPage {
  std::vector<SharedPublication> publications;
  Position top;
};

/// The positions and retained publications of one channel, in one incarnation. Offsets begin at 1; they and the
/// epoch outlive the publications. Time only comes in as an argument and never runs backwards.
class Stream {
 public:
  Stream(std::string epoch, TimePoint now) : epoch_(std::move(epoch)), last_use_(now) {}

  SharedPublication Append(Publication publication, TimePoint now, const StreamBounds& bounds);
  /// Drops what is too old at `now`.
  void Expire(TimePoint now, const StreamBounds& bounds);
  /// Drops all publications.
  void Clear() { retained_.clear(); }
  /// Drops all publications; the next one gets the offset after `top`, which must not be below the top.
  void SkipTo(std::uint64_t top) {
    retained_.clear();
    top_ = top;
  }

  Position Top() const { return {top_, epoch_}; }
  bool HoldsNothing() const noexcept { return retained_.empty(); }
  /// Recovered only if every publication after `from` is there and fits on one page. An empty epoch matches any.
  Replay Recover(const Position& from, const StreamBounds& bounds) const;
  /// Throws `Error` with server code 107 (reverse from offset 0) or 112 (`since` of another epoch).
  HistoryPage History(const HistoryRequest& request, const StreamBounds& bounds) const;
  std::vector<SharedPublication> All() const;

  void Touch(TimePoint now) noexcept { last_use_ = now; }
  TimePoint last_use() const noexcept { return last_use_; }

 private:
  struct Retained {
    SharedPublication publication;
    TimePoint published_at;
  };

  /// Index of the first retained publication with an offset above `offset`; the number of retained ones if none.
  std::size_t IndexAfter(std::uint64_t offset) const noexcept;
  /// Up to `count` publications from `index` on, upwards or downwards.
  std::vector<SharedPublication> Upwards(std::size_t index, std::size_t count) const;
  std::vector<SharedPublication> Downwards(std::size_t end, std::size_t count) const;

  std::string epoch_;
  std::uint64_t top_ = 0;
  /// Consecutive offsets, the last one `top_`.
  std::deque<Retained> retained_;
  TimePoint last_use_;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_STREAM_H_

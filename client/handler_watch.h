#ifndef GAPLESS_CLIENT_HANDLER_WATCH_H_
#define GAPLESS_CLIENT_HANDLER_WATCH_H_

#include <atomic>
#include <optional>

#include "gapless/runtime.h"

namespace gapless::internal {

/// Knows since when a client's handlers have been busy with one delivery. Thread-safe.
class HandlerWatch {
 public:
  /// While it lives, handlers are busy. Turns nest: a handler may run others, by `Client::Poll` or a manual runtime.
  class Turn {
   public:
    Turn(HandlerWatch& watch, TimePoint now) : watch_(watch), outer_(watch.busy_since_.exchange(now)) {}
    ~Turn() { watch_.busy_since_ = outer_; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    HandlerWatch& watch_;
    const TimePoint outer_;
  };

  std::optional<TimePoint> busy_since() const {
    const TimePoint since = busy_since_;
    return since == kIdle ? std::nullopt : std::optional(since);
  }

  /// Whether the caller must look again later: nobody else is going to.
  bool BeginLooking() { return !looked_after_.exchange(true); }
  void EndLooking() { looked_after_ = false; }

 private:
  static constexpr TimePoint kIdle = TimePoint::max();

  std::atomic<TimePoint> busy_since_{kIdle};
  std::atomic<bool> looked_after_{false};
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_HANDLER_WATCH_H_

#ifndef GAPLESS_TRANSPORT_MEMORY_PUBLICATION_FAULTS_H_
#define GAPLESS_TRANSPORT_MEMORY_PUBLICATION_FAULTS_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "gapless/transport.h"

namespace gapless::internal {

/// What a network does to publications on their way to a client, as a test asked for it. Pure.
class PublicationFaults {
 public:
  void Drop(std::size_t count) { drop_ += count; }
  void Duplicate(std::size_t count) { duplicate_ += count; }
  void Reorder(std::size_t count) { reorder_ += count; }

  /// What arrives now that `event` was sent: nothing, it, or it and others.
  std::vector<PublicationEvent> Pass(PublicationEvent event) {
    if (drop_ > 0) {
      --drop_;
      return {};
    }
    if (reorder_ > 0) {
      held_.insert(held_.begin(), std::move(event));
      if (held_.size() < reorder_) return {};
      reorder_ = 0;
      return std::exchange(held_, {});
    }
    if (duplicate_ > 0) {
      --duplicate_;
      return {event, event};
    }
    return {std::move(event)};
  }

  /// The connection is gone, and with it what was on its way. What was asked for stays asked for.
  void ForgetHeld() { held_.clear(); }

 private:
  std::size_t drop_ = 0;
  std::size_t duplicate_ = 0;
  std::size_t reorder_ = 0;
  std::vector<PublicationEvent> held_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_TRANSPORT_MEMORY_PUBLICATION_FAULTS_H_

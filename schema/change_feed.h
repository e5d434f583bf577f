#ifndef GAPLESS_SCHEMA_CHANGE_FEED_H_
#define GAPLESS_SCHEMA_CHANGE_FEED_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gapless/schema.h"

namespace gapless::internal {

/// Changes that wait for one subscriber, at most.
inline constexpr std::size_t kMaxWaitingChanges = 1024;

/// One subscriber of a registry: its handler and the changes that wait for it. Thread-safe.
class ChangeListener {
 public:
  explicit ChangeListener(std::function<void(const Change&)> handler) : handler_(std::move(handler)) {}

  void Push(const Change& change);
  /// Calls the handler for what waits, unless it is being called already: then that call's thread goes on with it.
  /// Returns what the first throwing call said.
  std::optional<std::string> Drain();
  /// Ends it; waits for a call that runs on another thread.
  void End();
  bool HasEnded() const;

 private:
  const std::function<void(const Change&)> handler_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Change> waiting_;
  bool draining_ = false;
  std::thread::id drained_by_;
  bool ended_ = false;
};

/// The subscribers of one registry. Thread-safe.
class ChangeFeed {
 public:
  std::shared_ptr<ChangeListener> Subscribe(std::function<void(const Change&)> handler);
  /// Queues a change for all; the caller orders the changes.
  void Push(const Change& change);
  /// Calls the handlers. Throws `Error(kHandlerThrew)` after all of them ran.
  void Deliver();

 private:
  std::vector<std::shared_ptr<ChangeListener>> Live();

  std::mutex mutex_;
  std::vector<std::weak_ptr<ChangeListener>> listeners_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_CHANGE_FEED_H_

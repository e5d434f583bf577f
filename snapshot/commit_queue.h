#ifndef GAPLESS_SNAPSHOT_COMMIT_QUEUE_H_
#define GAPLESS_SNAPSHOT_COMMIT_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "gapless/snapshotter.h"

namespace gapless::internal {

/// Lets concurrent savers share commits. Whoever finds nobody at work leads: it commits what has gathered, its own
/// changes first, while later callers gather behind it; then it wakes those whose changes it carried and hands the
/// lead to the first that waits. Nothing waits for company, so a lone caller pays for its own commit only.
///
/// Thread-safe. Calls are served in the order in which they came.
class CommitQueue {
 public:
  using Group = std::vector<const Changes*>;
  /// Makes a group durable, as a whole or not at all; what it throws goes to every caller of the group. Called by
  /// one thread at a time, on a caller's thread.
  explicit CommitQueue(std::function<void(const Group&)> commit) : commit_(std::move(commit)) {}

  /// Throws `Error`: what the commit threw; kInvalidState from inside `Alone`.
  void Save(const Changes& changes);
  /// Runs `work` while no commit does; what it throws goes on to the caller. Throws `Error(kInvalidState)` from
  /// inside itself.
  void Alone(const std::function<void()>& work);
  /// Callers that wait behind the leader now.
  std::size_t Waiting() const;

 private:
  struct Request;
  /// Ends the turn of the one at work, also when it threw.
  class Turn;

  void RefuseFromInside() const;
  void WaitForTurn(std::unique_lock<std::mutex>& lock, Request& request);
  void PassOn();
  std::optional<Error> Commit(const Group& group) const;

  const std::function<void(const Group&)> commit_;
  mutable std::mutex mutex_;
  std::deque<Request*> waiting_;
  bool busy_ = false;
  /// Who is inside `Alone`.
  std::thread::id alone_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_COMMIT_QUEUE_H_

#include "snapshot/commit_queue.h"

#include <exception>
#include <utility>

#include "snapshot/change_rules.h"

namespace gapless::internal {
namespace {

// Bounds the memory of one commit and the time that its callers wait.
constexpr std::size_t kMaxGroupBytes = std::size_t{16} << 20;

}  // namespace

struct CommitQueue::Request {
  /// Null for one that runs alone.
  const Changes* changes = nullptr;
  std::size_t bytes = 0;
  std::condition_variable wake;
  bool leads = false;
  bool done = false;
  std::optional<Error> error;
};

class CommitQueue::Turn {
 public:
  /// Inside the lock; so is everything until `Unlock`.
  Turn(CommitQueue& queue, std::unique_lock<std::mutex>& lock) : queue_(queue), lock_(lock) {}
  ~Turn() {
    if (!lock_.owns_lock()) lock_.lock();
    queue_.alone_ = {};
    queue_.PassOn();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  void Unlock() { lock_.unlock(); }

 private:
  CommitQueue& queue_;
  std::unique_lock<std::mutex>& lock_;
};

void CommitQueue::RefuseFromInside() const {
  if (alone_ == std::this_thread::get_id()) {
    throw Error(Errc::kInvalidState,
                "the snapshotter was called from inside its own transaction, which would wait for "
                "itself; return the changes from the transaction instead");
  }
}

void CommitQueue::WaitForTurn(std::unique_lock<std::mutex>& lock, Request& request) {
  if (!busy_) {
    busy_ = true;
    return;
  }
  waiting_.push_back(&request);
  request.wake.wait(lock, [&] { return request.leads || request.done; });
}

// Whoever leads next has left the queue before anybody else can look at it.
void CommitQueue::PassOn() {
  if (waiting_.empty()) {
    busy_ = false;
    return;
  }
  Request* next = waiting_.front();
  waiting_.pop_front();
  next->leads = true;
  next->wake.notify_one();
}

std::optional<Error> CommitQueue::Commit(const Group& group) const {
  try {
    commit_(group);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    return Error(Errc::kInternal, std::string("a save failed in an unforeseen way: ") + error.what());
  }
}

void CommitQueue::Save(const Changes& changes) {
  Request own;
  own.changes = &changes;
  own.bytes = ApproximateBytes(changes);
  std::unique_lock<std::mutex> lock(mutex_);
  RefuseFromInside();
  WaitForTurn(lock, own);
  if (!own.done) {
    std::vector<Request*> followers;
    {
      Turn turn(*this, lock);
      Group group;
      // Here memory may run out, below not: whoever has left the queue must be told how it went.
      followers.reserve(waiting_.size());
      group.reserve(waiting_.size() + 1);
      group.push_back(&changes);
      for (std::size_t bytes = own.bytes; !waiting_.empty() && waiting_.front()->changes != nullptr;) {
        bytes += waiting_.front()->bytes;
        if (bytes > kMaxGroupBytes) break;
        followers.push_back(waiting_.front());
        group.push_back(followers.back()->changes);
        waiting_.pop_front();
      }
      turn.Unlock();
      own.error = Commit(group);
    }
    for (Request* follower : followers) {
      follower->error = own.error;
      follower->done = true;
      follower->wake.notify_one();
    }
  }
  if (own.error) throw *own.error;
}

void CommitQueue::Alone(const std::function<void()>& work) {
  Request own;
  std::unique_lock<std::mutex> lock(mutex_);
  RefuseFromInside();
  WaitForTurn(lock, own);
  Turn turn(*this, lock);
  alone_ = std::this_thread::get_id();
  turn.Unlock();
  work();
}

std::size_t CommitQueue::Waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waiting_.size();
}

}  // namespace gapless::internal

#include "schema/change_feed.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace gapless::internal {

void ChangeListener::Push(const Change& change) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return;
  if (waiting_.size() == kMaxWaitingChanges) {
    ++waiting_.back().missed;
    return;
  }
  waiting_.push_back(change);
}

std::optional<std::string> ChangeListener::Drain() {
  std::optional<std::string> failure;
  std::unique_lock<std::mutex> lock(mutex_);
  if (draining_) return failure;
  draining_ = true;
  drained_by_ = std::this_thread::get_id();
  while (!ended_ && !waiting_.empty()) {
    const Change change = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      handler_(change);
    } catch (const std::exception& error) {
      if (!failure) failure = error.what();
    } catch (...) {
      if (!failure) failure = "something that is no std::exception";
    }
    lock.lock();
  }
  draining_ = false;
  idle_.notify_all();
  return failure;
}

void ChangeListener::End() {
  std::unique_lock<std::mutex> lock(mutex_);
  ended_ = true;
  waiting_.clear();
  idle_.wait(lock, [this] { return !draining_ || drained_by_ == std::this_thread::get_id(); });
}

bool ChangeListener::HasEnded() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_;
}

std::shared_ptr<ChangeListener> ChangeFeed::Subscribe(std::function<void(const Change&)> handler) {
  auto listener = std::make_shared<ChangeListener>(std::move(handler));
  const std::lock_guard<std::mutex> lock(mutex_);
  listeners_.push_back(listener);
  return listener;
}

std::vector<std::shared_ptr<ChangeListener>> ChangeFeed::Live() {
  std::vector<std::shared_ptr<ChangeListener>> live;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto gone = std::remove_if(listeners_.begin(), listeners_.end(), [&live](const auto& weak) {
    auto listener = weak.lock();
    if (!listener || listener->HasEnded()) return true;
    live.push_back(std::move(listener));
    return false;
  });
  listeners_.erase(gone, listeners_.end());
  return live;
}

void ChangeFeed::Push(const Change& change) {
  for (const auto& listener : Live()) listener->Push(change);
}

void ChangeFeed::Deliver() {
  std::optional<std::string> failure;
  for (const auto& listener : Live()) {
    auto said = listener->Drain();
    if (said && !failure) failure = std::move(said);
  }
  if (failure) {
    throw Error(Errc::kHandlerThrew, "the registry has changed, but a handler of its changes threw: " + *failure);
  }
}

}  // namespace gapless::internal

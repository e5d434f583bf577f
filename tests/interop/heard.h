#ifndef GAPLESS_TESTS_INTEROP_HEARD_H_
#define GAPLESS_TESTS_INTEROP_HEARD_H_

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "tests/loopback/collector.h"

namespace gapless::test {

/// Whatever handlers of any thread were told, in order, for a test that waits for it.
template <typename T>
class Heard {
 public:
  void Add(T one) {
    const std::lock_guard<std::mutex> lock(mutex_);
    all_.push_back(std::move(one));
    changed_.notify_all();
  }
  /// Everything so far, once there are so many or the patience is over.
  std::vector<T> AwaitCount(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return all_.size() >= count; });
    return all_;
  }
  /// Whether one of that kind came before the patience was over.
  bool AwaitAny(const std::function<bool(const T&)>& wanted) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return std::any_of(all_.begin(), all_.end(), wanted); });
  }
  std::vector<T> All() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> all_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_HEARD_H_

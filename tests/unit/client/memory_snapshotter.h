#ifndef GAPLESS_TESTS_UNIT_CLIENT_MEMORY_SNAPSHOTTER_H_
#define GAPLESS_TESTS_UNIT_CLIENT_MEMORY_SNAPSHOTTER_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "gapless/snapshotter.h"

namespace gapless::test {

/// State that lives in memory and whose saves a test can watch, hold up and let fail.
class MemorySnapshotter : public Snapshotter {
 public:
  State Load(const std::string&) override { return {}; }

  void Save(const Changes& changes) override {
    std::function<void()> fail;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      const std::size_t number = ++begun_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return number <= allowed_; });
      if (const auto failure = failures_.find(number); failure != failures_.end()) fail = failure->second;
      if (!fail) saves_.push_back(changes);
    }
    if (fail) fail();
  }

  /// The `number`th save from the first one on throws what `fail` throws, and saves nothing.
  void Fail(std::size_t number, std::function<void()> fail) {
    const std::lock_guard<std::mutex> lock(mutex_);
    failures_[number] = std::move(fail);
  }
  void Fail(std::size_t number, Errc code = Errc::kStateNotWritable) {
    Fail(number, [code] { throw Error(code, "the test wants it so"); });
  }
  /// Saves wait once so many have been let through.
  void Allow(std::size_t count) {
    const std::lock_guard<std::mutex> lock(mutex_);
    allowed_ = count;
    changed_.notify_all();
  }
  void AllowAll() { Allow(static_cast<std::size_t>(-1)); }
  void AwaitBegun(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= count; });
  }
  /// How many saves were begun, the failed ones included.
  std::size_t begun() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return begun_;
  }
  /// What was saved, in order.
  std::vector<Changes> saves() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return saves_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t begun_ = 0;
  std::size_t allowed_ = static_cast<std::size_t>(-1);
  std::map<std::size_t, std::function<void()>> failures_;
  std::vector<Changes> saves_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_CLIENT_MEMORY_SNAPSHOTTER_H_

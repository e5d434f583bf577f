#ifndef GAPLESS_TESTS_NETWORK_ACCOUNT_H_
#define GAPLESS_TESTS_NETWORK_ACCOUNT_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gapless/gapless.h"

namespace gapless::test {

/// What one subscriber was told, held against the promises while it is told. Thread-safe.
class Account {
 public:
  void AttachTo(Subscription& subscription);

  /// Waits until everything up to `last` of `producer` was delivered or told to be missing. False when it was not
  /// within `patience`.
  bool WaitForStream(const std::string& producer, std::int64_t last, std::chrono::seconds patience);
  /// The highest sequence of `producer` delivered or told to be missing.
  std::int64_t Reached(const std::string& producer) const;
  /// What was told to be missing and did not come late.
  std::size_t missing() const;
  std::size_t delivered() const;
  std::size_t open_gaps() const;
  /// In words, each promise that was broken.
  std::vector<std::string> broken() const;

 private:
  struct Stream {
    std::int64_t reached = 0;
    std::set<std::int64_t> missing;
    bool open = false;
  };
  void Add(const Envelope& envelope);
  void Add(const Gap& gap);
  void Break(const std::string& promise, const std::string& producer, std::int64_t sequence);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Stream> streams_;
  std::size_t delivered_ = 0;
  std::size_t open_gaps_ = 0;
  std::vector<std::string> broken_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_ACCOUNT_H_

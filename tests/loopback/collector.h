#ifndef GAPLESS_TESTS_LOOPBACK_COLLECTOR_H_
#define GAPLESS_TESTS_LOOPBACK_COLLECTOR_H_

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "tests/engine_under_test.h"

namespace gapless::test {

// Only a bound for a test that hangs: nothing is measured with it.
constexpr std::chrono::seconds kPatience{60};

/// Gathers what handlers of any thread see, for a test that waits for it.
class Collector {
 public:
  void AttachTo(Subscription& subscription) {
    subscription.OnGap([this](const Gap& gap) {
      const std::lock_guard<std::mutex> lock(mutex_);
      gaps_.push_back(gap);
      changed_.notify_all();
    });
    subscription.OnEnvelope([this](const Envelope& envelope) { Add(envelope); });
  }

  void Add(const Envelope& envelope) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::int64_t& last = last_[envelope.producer.id];
    if (last != 0 && envelope.sequence != last + 1) ++disorder_;
    last = envelope.sequence;
    ++count_;
    changed_.notify_all();
  }

  /// False when they did not come within the patience.
  bool WaitForCount(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return count_ >= count; });
  }
  bool WaitForGaps(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return gaps_.size() >= count; });
  }

  std::size_t count() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return count_;
  }
  /// The sequence of what came last of a producer; 0 if nothing did.
  std::int64_t last(const std::string& producer) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = last_.find(producer);
    return found == last_.end() ? 0 : found->second;
  }
  /// Envelopes that did not follow the one before them in their stream.
  std::size_t disorder() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return disorder_;
  }
  std::vector<Gap> gaps() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return gaps_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::int64_t> last_;
  std::size_t count_ = 0;
  std::size_t disorder_ = 0;
  std::vector<Gap> gaps_;
};

/// A client over a real socket to `url`, connected.
inline std::unique_ptr<Client> ConnectedClient(const std::string& url, const std::string& id,
                                               std::shared_ptr<Snapshotter> snapshotter = nullptr) {
  ClientOptions options{.transport = WebSocket({.url = url, .engine = EngineUnderTest()}),
                        .producer = {.id = id, .kind = ProducerKind::kService}};
  options.snapshotter = std::move(snapshotter);
  options.reconnect = {.min_delay = std::chrono::milliseconds(5), .max_delay = std::chrono::milliseconds(100)};
  auto client = std::make_unique<Client>(std::move(options));
  client->Connect();
  return client;
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_LOOPBACK_COLLECTOR_H_

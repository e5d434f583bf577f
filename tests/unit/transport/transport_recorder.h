#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_TRANSPORT_RECORDER_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_TRANSPORT_RECORDER_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gapless/transport.h"
#include "tests/unit/transport/event_text.h"

namespace gapless::test {

/// Writes down what a transport reports, each event as "<connection>: <text>".
class TransportRecorder final : public TransportListener {
 public:
  /// Called for each batch on the transport's thread, before it is written down.
  std::function<void(const std::vector<TransportEvent>&)> first;

  void OnTransportEvents(std::vector<TransportEvent> events) override {
    if (first) first(events);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (TransportEvent& event : events) {
      log_.push_back(std::to_string(event.connection) + ": " + std::visit(EventText(), event.body));
      if (keeps_holds_ && event.hold) holds_.push_back(std::move(event.hold));
    }
    changed_.notify_all();
  }

  /// Waits until `count` events are there, for a very long time at most, and returns the last of them.
  std::string Await(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(60), [&] { return log_.size() >= count; });
    return log_.size() >= count ? log_[count - 1] : "only " + std::to_string(log_.size()) + " events came";
  }
  /// Waits for the next event after those that were awaited with this so far.
  std::string Next() { return Await(++awaited_); }
  /// Waits for an event of this text.
  bool AwaitText(const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] {
      for (const std::string& line : log_) {
        if (line == text) return true;
      }
      return false;
    });
  }

  std::vector<std::string> log() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return log_;
  }
  /// As a client that does not get round to handling events.
  void KeepHolds(bool keep) {
    std::vector<std::shared_ptr<const void>> released;
    const std::lock_guard<std::mutex> lock(mutex_);
    keeps_holds_ = keep;
    if (!keep) released.swap(holds_);
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> log_;
  std::vector<std::shared_ptr<const void>> holds_;
  bool keeps_holds_ = false;
  std::size_t awaited_ = 0;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_TRANSPORT_RECORDER_H_

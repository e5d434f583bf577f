#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_SOCKET_RECORDER_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_SOCKET_RECORDER_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/net/websocket.h"

namespace gapless::test {

/// How long a test waits for what must happen before it calls it a hang.
inline constexpr std::chrono::seconds kHangs{60};

/// Writes down what a connection reports: "open", "message …", "end".
class SocketRecorder final : public net::WebSocketEvents {
 public:
  /// Called at the end of each report, on its thread, with what was written down.
  std::function<void(const std::string&)> then;

  void OnOpen() override { Write("open"); }
  void OnMessage(std::string message) override { Write("message " + message); }
  void OnSent() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++sent_;
    changed_.notify_all();
  }
  void OnEnd(const net::WebSocketEnd& end) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      end_ = end;
    }
    Write("end");
  }

  /// False if `count` reports have not come for a very long time.
  bool WaitForReports(std::size_t count) {
    return WaitFor([this, count] { return log_.size() >= count; });
  }
  bool WaitForSent(std::size_t count) {
    return WaitFor([this, count] { return sent_ >= count; });
  }
  bool WaitForEnd() {
    return WaitFor([this] { return !log_.empty() && log_.back() == "end"; });
  }

  std::vector<std::string> log() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return log_;
  }
  net::WebSocketEnd end() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return end_.value_or(net::WebSocketEnd{});
  }

 private:
  void Write(std::string line) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      log_.push_back(line);
    }
    if (then) then(line);
    const std::lock_guard<std::mutex> lock(mutex_);
    changed_.notify_all();
  }
  bool WaitFor(const std::function<bool()>& done) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kHangs, done);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> log_;
  std::size_t sent_ = 0;
  std::optional<net::WebSocketEnd> end_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_SOCKET_RECORDER_H_

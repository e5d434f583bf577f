#ifndef GAPLESS_TRANSPORT_NET_AUDIENCE_H_
#define GAPLESS_TRANSPORT_NET_AUDIENCE_H_

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "transport/net/websocket.h"

namespace gapless::net {

/// Who listens to a connection, until he leaves. Thread-safe.
class Audience {
 public:
  explicit Audience(std::weak_ptr<WebSocketEvents> events) : events_(std::move(events)) {}

  /// Nothing more is told, save what is being told.
  void Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.reset();
  }

  /// Runs `report` on the listener, if it still listens. Returns why it could not take it, or an empty text.
  template <typename Report>
  std::string Tell(const Report& report) {
    std::shared_ptr<WebSocketEvents> events;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      events = events_.lock();
    }
    if (!events) return {};
    try {
      report(*events);
      return {};
    } catch (const std::exception& error) {
      const std::string what = error.what();
      return what.empty() ? "an unknown failure" : what;
    }
  }

 private:
  std::mutex mutex_;
  std::weak_ptr<WebSocketEvents> events_;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_AUDIENCE_H_

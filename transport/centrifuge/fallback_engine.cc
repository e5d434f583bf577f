#include "transport/centrifuge/fallback_engine.h"

#include <atomic>
#include <cstddef>
#include <utility>

namespace gapless::centrifuge {
namespace {

using net::WebSocketEnd;
using net::WebSocketEvents;

/// Which way is next. Shared by the attempts, which may end after the engine.
class Choice {
 public:
  explicit Choice(std::size_t ways) : ways_(ways) {}
  std::size_t current() const { return current_; }
  /// `failed` does not work. Attempts that end late change nothing.
  void PassOver(std::size_t failed) { current_.compare_exchange_strong(failed, (failed + 1) % ways_); }

 private:
  const std::size_t ways_;
  std::atomic<std::size_t> current_{0};
};

/// Watches what becomes of one attempt, and passes it on.
class Watch final : public WebSocketEvents {
 public:
  Watch(std::shared_ptr<Choice> choice, std::size_t way, std::weak_ptr<WebSocketEvents> events)
      : choice_(std::move(choice)), way_(way), events_(std::move(events)) {}

  void OnOpen() override {
    if (const auto events = events_.lock()) events->OnOpen();
  }
  void OnSent() override {
    if (const auto events = events_.lock()) events->OnSent();
  }
  void OnMessage(std::string message) override {
    decided_ = true;
    if (const auto events = events_.lock()) events->OnMessage(std::move(message));
  }
  void OnEnd(const WebSocketEnd& end) override {
    if (end.cause == WebSocketEnd::Cause::kClosedByPeer) decided_ = true;
    GiveUp();
    if (const auto events = events_.lock()) events->OnEnd(end);
  }

  /// Nothing more will come. Also for whoever waited in vain.
  void GiveUp() {
    if (!decided_.exchange(true)) choice_->PassOver(way_);
  }

 private:
  const std::shared_ptr<Choice> choice_;
  const std::size_t way_;
  const std::weak_ptr<WebSocketEvents> events_;
  std::atomic<bool> decided_{false};
};

class WatchedConnection final : public net::WebSocketConnection {
 public:
  WatchedConnection(std::unique_ptr<net::WebSocketConnection> connection, std::shared_ptr<Watch> watch)
      : connection_(std::move(connection)), watch_(std::move(watch)) {}
  ~WatchedConnection() override { watch_->GiveUp(); }

  void Send(std::string message) override { connection_->Send(std::move(message)); }
  void HangUp(Farewell farewell) override {
    watch_->GiveUp();
    connection_->HangUp(farewell);
  }

 private:
  const std::unique_ptr<net::WebSocketConnection> connection_;
  const std::shared_ptr<Watch> watch_;
};

class Engine final : public net::WebSocketEngine {
 public:
  explicit Engine(std::vector<Way> ways) : ways_(std::move(ways)), choice_(std::make_shared<Choice>(ways_.size())) {}

  std::unique_ptr<net::WebSocketConnection> Connect(const net::WebSocketRequest& request,
                                                    std::weak_ptr<WebSocketEvents> events) override {
    const std::size_t way = choice_->current();
    auto watch = std::make_shared<Watch>(choice_, way, std::move(events));
    net::WebSocketRequest to_way = request;
    to_way.url = ways_[way].url;
    try {
      auto connection = ways_[way].engine->Connect(to_way, watch);
      return std::make_unique<WatchedConnection>(std::move(connection), std::move(watch));
    } catch (...) {
      watch->GiveUp();
      throw;
    }
  }

 private:
  const std::vector<Way> ways_;
  const std::shared_ptr<Choice> choice_;
};

}  // namespace

std::shared_ptr<net::WebSocketEngine> FallbackEngine(std::vector<Way> ways) {
  return std::make_shared<Engine>(std::move(ways));
}

}  // namespace gapless::centrifuge

// The engine on Boost.Beast: what is called from any thread is brought to the io thread here; what happens there is in
// beast_wire.cc.

#include <atomic>
#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "gapless/error.h"
#include "transport/net/audience.h"
#include "transport/net/beast_wire.h"
#include "transport/net/io_thread.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

class Connection final : public WebSocketConnection {
 public:
  Connection(std::shared_ptr<IoThread> io, std::shared_ptr<Audience> audience, std::weak_ptr<BeastWire> wire)
      : io_(std::move(io)), audience_(std::move(audience)), wire_(std::move(wire)) {}

  ~Connection() override { HangUp(Farewell::kAbrupt); }

  void Send(std::string message) override {
    boost::asio::post(io_->context(), [wire = wire_, message = std::move(message)]() mutable {
      if (const auto live = wire.lock()) live->Write(std::move(message));
    });
  }

  void HangUp(Farewell farewell) override {
    if (hung_up_.exchange(true)) return;
    audience_->Leave();
    boost::asio::post(io_->context(), [wire = wire_, farewell] {
      if (const auto live = wire.lock()) live->HangUp(farewell);
    });
  }

 private:
  const std::shared_ptr<IoThread> io_;
  const std::shared_ptr<Audience> audience_;
  const std::weak_ptr<BeastWire> wire_;
  std::atomic<bool> hung_up_ = false;
};

class Engine final : public WebSocketEngine {
 public:
  explicit Engine(const BeastOptions& options) : options_(options) {}
  ~Engine() override {
    if (io_) io_->Retire();
  }

  std::unique_ptr<WebSocketConnection> Connect(const WebSocketRequest& request,
                                               std::weak_ptr<WebSocketEvents> events) override {
    const std::shared_ptr<IoThread> io = TakeIo();
    auto audience = std::make_shared<Audience>(std::move(events));
    auto wire = BeastWire::Make(io, options_, request, audience);
    auto connection = std::make_unique<Connection>(io, std::move(audience), wire);
    boost::asio::post(io->context(), [wire = std::move(wire)] { wire->Start(); });
    return connection;
  }

 private:
  std::shared_ptr<IoThread> TakeIo() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!io_) io_ = IoThread::Start();
    return io_;
  }

  const BeastOptions options_;
  std::mutex mutex_;
  std::shared_ptr<IoThread> io_;
};

}  // namespace

std::shared_ptr<WebSocketEngine> BeastWebSocketEngine(const BeastOptions& options) {
  return std::make_shared<Engine>(options);
}

}  // namespace gapless::net

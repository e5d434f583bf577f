// The engine for HTTP on Boost.Beast: what is called from any thread is brought to the io thread here; what happens
// there is in beast_exchange.cc.

#include <memory>
#include <mutex>
#include <utility>

#include "gapless/error.h"
#include "transport/net/beast_exchange.h"
#include "transport/net/beast_line.h"
#include "transport/net/http.h"
#include "transport/net/http_answer.h"
#include "transport/net/io_thread.h"

namespace gapless::net {
namespace {

class Call final : public HttpCall {
 public:
  Call(std::shared_ptr<IoThread> io, std::shared_ptr<HttpAudience> audience, std::weak_ptr<BeastExchange> exchange)
      : io_(std::move(io)), audience_(std::move(audience)), exchange_(std::move(exchange)) {}
  ~Call() override { GiveUp(); }
  void Cancel() override { GiveUp(); }

 private:
  void GiveUp() {
    if (!audience_->Leave()) return;
    // A thread that has ended has nothing left to stop.
    io_->Post([exchange = exchange_] {
      if (const auto live = exchange.lock()) live->Stop();
    });
  }

  const std::shared_ptr<IoThread> io_;
  const std::shared_ptr<HttpAudience> audience_;
  const std::weak_ptr<BeastExchange> exchange_;
};

class Engine final : public HttpEngine {
 public:
  explicit Engine(const BeastOptions& options)
      : options_(options), lines_(std::make_shared<BeastLines>(options.keep_time)) {}
  ~Engine() override {
    if (!io_) return;
    io_->Post([lines = lines_] { lines->Cut(); });
    io_->Retire();
  }

  std::unique_ptr<HttpCall> Send(HttpRequest request, Done done) override {
    return Begin(std::move(request), std::make_shared<HttpAudience>(std::nullopt, std::move(done)));
  }
  std::unique_ptr<HttpCall> Stream(HttpRequest request, std::weak_ptr<HttpParts> parts, Done done) override {
    return Begin(std::move(request), std::make_shared<HttpAudience>(std::move(parts), std::move(done)));
  }

 private:
  std::unique_ptr<HttpCall> Begin(HttpRequest request, std::shared_ptr<HttpAudience> audience) {
    std::shared_ptr<IoThread> io;
    std::weak_ptr<BeastExchange> begun;
    try {
      io = TakeIo();
      auto exchange = BeastExchange::Make(io, options_, lines_, std::move(request), audience);
      begun = exchange;
      if (!io->Post([exchange = std::move(exchange)] { exchange->Start(); })) {
        throw Error(Errc::kCancelled, "no request is sent while the process exits");
      }
    } catch (const Error& error) {
      if (const Done done = audience->Leave()) done(error);
    }
    return std::make_unique<Call>(std::move(io), std::move(audience), std::move(begun));
  }

  std::shared_ptr<IoThread> TakeIo() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!io_) {
      io_ = IoThread::Start();
      io_->Post([raw = io_.get(), lines = lines_] { raw->Watch(lines); });
    }
    return io_;
  }

  const BeastOptions options_;
  const std::shared_ptr<BeastLines> lines_;
  std::mutex mutex_;
  std::shared_ptr<IoThread> io_;
};

}  // namespace

std::shared_ptr<HttpEngine> BeastHttpEngine(const BeastOptions& options) { return std::make_shared<Engine>(options); }

}  // namespace gapless::net

#ifndef GAPLESS_TRANSPORT_PARSEC_RPC_H_
#define GAPLESS_TRANSPORT_PARSEC_RPC_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "gapless/parsec.h"
#include "transport/net/http.h"
#include "transport/parsec/codes.h"

namespace gapless::parsec {

/// Calls of one Parsec server over HTTP. Thread-safe.
class Rpc {
 public:
  /// The body of a good answer, or what became of the call instead.
  using Answer = std::variant<std::string, Refused>;
  using Done = std::function<void(Answer)>;

  /// Throws `Error(kInvalidArgument)` for url, headers, TLS or a time that cannot work.
  Rpc(const ParsecOptions& options, std::shared_ptr<net::HttpEngine> engine);

  /// Begins a call of `method`. `what` names it in messages, as in "publish". `token` may be empty. `done` as in
  /// `HttpEngine::Send`.
  std::unique_ptr<net::HttpCall> Begin(std::string_view method, std::string body, const std::string& token,
                                       std::string what, Done done) const;
  /// The same for `/manifest`, which is no method.
  std::unique_ptr<net::HttpCall> BeginManifest(Done done) const;

  /// The WebSocket's address at this server.
  std::string websocket_url() const;

 private:
  std::unique_ptr<net::HttpCall> Send(net::HttpRequest request, std::string what, Done done) const;

  std::string url_;
  const std::map<std::string, std::string> headers_;
  const std::chrono::milliseconds timeout_;
  const TlsOptions tls_;
  const std::shared_ptr<net::HttpEngine> engine_;
};

/// The engine that the options ask for. Throws `Error(kInvalidArgument)` if there is none.
std::shared_ptr<net::HttpEngine> EngineFor(const ParsecOptions& options);

/// Waits for calls, on threads that may. Thread-safe.
class RpcWaiter {
 public:
  using Begin = std::function<std::unique_ptr<net::HttpCall>(Rpc::Done)>;

  /// Returns the answer, or `Error(kClosed)` as a temporary refusal once `Stop` was called.
  Rpc::Answer Wait(const Begin& begin);
  /// Ends all waiting, now and later.
  void Stop();

 private:
  /// Outlives this where a call that was given up still reports.
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool stopped = false;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_RPC_H_

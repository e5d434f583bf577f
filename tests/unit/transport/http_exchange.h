#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_HTTP_EXCHANGE_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_HTTP_EXCHANGE_H_

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "gapless/error.h"
#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"
#include "transport/net/http.h"

namespace gapless::test {

/// One request and its outcome.
class Exchanged {
 public:
  Exchanged(net::HttpEngine& engine, net::HttpRequest request) {
    call_ = engine.Send(std::move(request),
                        [promise = promise_](net::HttpOutcome outcome) { promise->set_value(std::move(outcome)); });
  }
  /// With an engine of its own, which does not outlive the beginning.
  Exchanged(const TestedEngine& engine, net::HttpRequest request)
      : Exchanged(*engine.make_http(), std::move(request)) {}

  net::HttpOutcome Wait() {
    if (future_.wait_for(kHangs) != std::future_status::ready) return Error(Errc::kInternal, "no outcome came");
    return future_.get();
  }
  bool done() { return future_.wait_for(std::chrono::seconds{0}) == std::future_status::ready; }
  net::HttpCall& call() { return *call_; }

 private:
  const std::shared_ptr<std::promise<net::HttpOutcome>> promise_ = std::make_shared<std::promise<net::HttpOutcome>>();
  std::future<net::HttpOutcome> future_ = promise_->get_future();
  std::unique_ptr<net::HttpCall> call_;
};

inline std::string TextOf(Errc code) { return make_error_code(code).message(); }
/// "200 body", or the text of the error's code.
inline std::string TextOf(const net::HttpOutcome& outcome) {
  if (const auto* error = std::get_if<Error>(&outcome)) return error->code().message();
  const auto& response = std::get<net::HttpResponse>(outcome);
  return std::to_string(response.status) + " " + response.body;
}

inline std::string HttpUrl(const ScriptedPeer& peer, const std::string& path = "/x") {
  return "http://127.0.0.1:" + std::to_string(peer.port()) + path;
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_HTTP_EXCHANGE_H_

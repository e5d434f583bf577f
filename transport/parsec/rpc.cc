#include "transport/parsec/rpc.h"

#include <optional>
#include <utility>

#include "transport/centrifuge/settings.h"
#include "transport/net/websocket.h"
#include "transport/parsec/twirp.h"

namespace gapless::parsec {
namespace {

constexpr std::uint16_t kOk = 200;
constexpr std::chrono::hours kLongestTime{24};

std::string WithoutSlash(std::string url) {
  if (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Rpc::Rpc(const ParsecOptions& options, std::shared_ptr<net::HttpEngine> engine)
    : url_(WithoutSlash(options.url)),
      headers_(options.headers),
      timeout_(options.request_timeout),
      tls_(options.tls),
      engine_(std::move(engine)) {
  net::CheckHttpUrl(url_);
  if (url_.find('?') != std::string::npos) {
    throw Error(Errc::kInvalidArgument, "ParsecOptions::url must have no query; set headers instead");
  }
  for (const auto& [name, value] : headers_) net::CheckHttpHeader(name, value);
  if (timeout_.count() <= 0 || timeout_ > kLongestTime) {
    throw Error(Errc::kInvalidArgument, "ParsecOptions::request_timeout must be more than 0 and at most 24 hours");
  }
  centrifuge::CheckTlsFor(url_, tls_, "ParsecOptions");
  net::CheckTlsOptions(tls_);
}

std::unique_ptr<net::HttpCall> Rpc::Begin(std::string_view method, std::string body, const std::string& token,
                                          std::string what, Done done) const {
  net::HttpRequest request{.method = "POST", .url = url_ + TwirpPath(method), .headers = headers_};
  request.headers["Content-Type"] = "application/json";
  if (!token.empty()) request.headers["Authorization"] = "Bearer " + token;
  request.body = std::move(body);
  return Send(std::move(request), std::move(what), std::move(done));
}

std::unique_ptr<net::HttpCall> Rpc::BeginManifest(Done done) const {
  return Send({.method = "GET", .url = url_ + "/manifest", .headers = headers_}, "manifest", std::move(done));
}

std::unique_ptr<net::HttpCall> Rpc::Send(net::HttpRequest request, std::string what, Done done) const {
  request.timeout = timeout_;
  request.tls = tls_;
  return engine_->Send(std::move(request), [what = std::move(what), done = std::move(done)](net::HttpOutcome outcome) {
    if (const auto* failure = std::get_if<Error>(&outcome)) {
      done(FailureFrom(*failure, what));
      return;
    }
    auto& response = std::get<net::HttpResponse>(outcome);
    if (response.status == kOk) {
      done(std::move(response.body));
    } else {
      done(RefusalFrom(response, what));
    }
  });
}

std::string Rpc::websocket_url() const {
  // http becomes ws, https becomes wss.
  return "ws" + url_.substr(4) + "/connection/websocket";
}

std::shared_ptr<net::HttpEngine> EngineFor(const ParsecOptions& options) {
  if (options.engine != WebSocketEngineKind::kCpprest && options.engine != WebSocketEngineKind::kBeast) {
    throw Error(Errc::kInvalidArgument, "ParsecOptions::engine is none of WebSocketEngineKind");
  }
  return centrifuge::HttpEngineFor(options.engine);
}

Rpc::Answer RpcWaiter::Wait(const Begin& begin) {
  const auto answer = std::make_shared<std::optional<Rpc::Answer>>();
  const auto call = begin([state = state_, answer](Rpc::Answer came) {
    const std::lock_guard<std::mutex> lock(state->mutex);
    *answer = std::move(came);
    state->changed.notify_all();
  });
  std::unique_lock<std::mutex> lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->stopped || answer->has_value(); });
  if (*answer) return std::move(**answer);
  return Refused{Error(Errc::kClosed, "the client was closed during a call"), Refusal::kTemporary};
}

void RpcWaiter::Stop() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->stopped = true;
  state_->changed.notify_all();
}

}  // namespace gapless::parsec

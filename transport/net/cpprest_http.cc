// The engine on cpprestsdk's http_client, whose traps end here:
//
//   what it does                                           | what is done about it
//   -------------------------------------------------------+----------------------------------------------------
//   on a kept connection that the server has closed it     | one client, and so one connection, for each request;
//     sends the request again by itself, a POST too        |   it goes with the client
//   it follows redirects, with all headers, to any host    | none is followed
//   it keeps a body of any size                            | BodySink
//   its timeout is one of silence, begun anew by each byte | a time of our own for the whole request, beside it
//   a request that is cancelled while a name is resolved   | the caller is told at once, cpprest goes on by itself
//     goes on until that is done                           |   and is kept alive until it has ended
//   a task's exception that nobody looked at terminates    | every task has a continuation
//     the process                                          |
//   the process must not exit while requests run on        | the reaper knows each
//     cpprest's threads                                    |
//   header values and URLs go out as they are              | CheckHttpHeader, CheckHttpUrl

#include <cpprest/http_client.h>

#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include "transport/net/address.h"
#include "transport/net/body_sink.h"
#include "transport/net/cpprest_tls.h"
#include "transport/net/http.h"
#include "transport/net/http_answer.h"
#include "transport/net/reaper.h"

namespace gapless::net {
namespace {

namespace http = web::http;

// cpprest takes the time anew from each byte, so its own is only for what ours cannot end, and must not come first. A
// stream's silence is for those to judge who know when it should speak.
constexpr std::chrono::seconds kLater{5};
constexpr std::chrono::hours kLongestSilence{24};

http::client::http_client_config ConfigFor(const HttpRequest& request, bool streams,
                                           std::shared_ptr<TlsFindings> findings) {
  http::client::http_client_config config;
  config.set_max_redirects(0);
  config.set_timeout(streams ? std::chrono::milliseconds(kLongestSilence) : request.timeout + kLater);
  SetTls(config, request.url, request.tls, std::move(findings));
  return config;
}

/// One request. The reaper keeps it alive until cpprest is done with it.
class Exchange final : public Mortal, public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(HttpRequest request, std::optional<std::weak_ptr<HttpParts>> parts, HttpEngine::Done done)
      : request_(std::move(request)), audience_(std::move(parts), std::move(done)) {
    if (audience_.wants_parts()) {
      streamed_ = std::make_shared<StreamedBody>(
          [this](std::string_view bytes) { audience_.Tell([&](HttpParts& listener) { listener.OnPart(bytes); }); });
    } else {
      kept_ = std::make_shared<BoundedBody>(request_.max_body_bytes);
    }
  }

  void Start();
  void Cancel();
  void End() override { Give(Error(Errc::kCancelled, "the process exits while a request is under way")); }

 private:
  http::http_request Message();
  static HttpResponse HeadOf(const http::http_response& response);
  void OnHead(const pplx::task<http::http_response>& head);
  void OnBody(const pplx::task<http::http_response>& whole);
  void OnTimeout();
  /// What a failure of cpprest means at this point.
  Error ErrorFor(const std::exception& failure);
  /// Reports the outcome, unless one was or nobody listens any more, and stops cpprest.
  void Give(HttpOutcome outcome);
  /// cpprest is done.
  void Release();

  const HttpRequest request_;
  HttpAudience audience_;
  std::atomic<HttpStep> step_ = HttpStep::kConnecting;
  /// One of the two.
  std::shared_ptr<BoundedBody> kept_;
  std::shared_ptr<StreamedBody> streamed_;
  const std::shared_ptr<TlsFindings> findings_ = std::make_shared<TlsFindings>();
  pplx::cancellation_token_source cancellation_;
  /// Destroyed by the reaper only.
  std::unique_ptr<http::client::http_client> client_;
};

http::http_request Exchange::Message() {
  http::http_request message(utility::conversions::to_string_t(request_.method));
  message.set_request_uri(utility::conversions::to_string_t(AddressFrom(request_.url).target));
  if (!request_.body.empty() || request_.method != "GET") {
    message.set_body(std::vector<unsigned char>(request_.body.begin(), request_.body.end()));
  }
  for (const auto& [name, value] : request_.headers) {
    message.headers().remove(utility::conversions::to_string_t(name));
    message.headers().add(utility::conversions::to_string_t(name), utility::conversions::to_string_t(value));
  }
  const std::shared_ptr<BodySink> sink = streamed_ ? std::shared_ptr<BodySink>(streamed_) : kept_;
  message.set_response_stream(concurrency::streams::ostream(concurrency::streams::streambuf<std::uint8_t>(sink)));
  // The first sign that a connection is there. It may come again for each block that is sent.
  message.set_progress_handler([weak = weak_from_this()](http::message_direction::direction, utility::size64_t) {
    HttpStep connecting = HttpStep::kConnecting;
    if (const auto self = weak.lock()) self->step_.compare_exchange_strong(connecting, HttpStep::kSent);
  });
  return message;
}

void Exchange::Start() {
  if (!Reaper::GetOverCpprest().Admit(shared_from_this())) {
    Give(Error(Errc::kCancelled, "no request is sent while the process exits"));
    return;
  }
  try {
    const web::uri base(utility::conversions::to_string_t(OriginOf(request_.url)));
    client_ =
        std::make_unique<http::client::http_client>(base, ConfigFor(request_, audience_.wants_parts(), findings_));
    client_->request(Message(), cancellation_.get_token())
        .then([self = shared_from_this()](const pplx::task<http::http_response>& head) { self->OnHead(head); });
  } catch (const std::exception& error) {
    Give(Error(Errc::kConnectFailed, std::string("cpprest could not begin the request: ") + error.what()));
    Release();
    return;
  }
  Reaper::Get().Post(
      [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->OnTimeout();
      },
      request_.timeout);
}

void Exchange::OnHead(const pplx::task<http::http_response>& head) {
  try {
    const http::http_response response = head.get();
    step_ = HttpStep::kAnswering;
    if (streamed_) {
      audience_.Tell([&](HttpParts& listener) { listener.OnHead(HeadOf(response)); });
      streamed_->HeadIsTold();
    }
    response.content_ready().then(
        [self = shared_from_this()](const pplx::task<http::http_response>& whole) { self->OnBody(whole); });
  } catch (const std::exception& failure) {
    Give(ErrorFor(failure));
    Release();
  }
}

void Exchange::OnBody(const pplx::task<http::http_response>& whole) {
  try {
    HttpResponse answer = HeadOf(whole.get());
    if (kept_) answer.body = kept_->TakeAll();
    Give(std::move(answer));
  } catch (const std::exception& failure) {
    Give(ErrorFor(failure));
  }
  Release();
}

HttpResponse Exchange::HeadOf(const http::http_response& response) {
  HttpResponse head;
  head.status = response.status_code();
  for (const auto& [name, value] : response.headers()) {
    AddHeader(head, utility::conversions::to_utf8string(name), utility::conversions::to_utf8string(value));
  }
  return head;
}

void Exchange::OnTimeout() {
  if (audience_.wants_parts() && step_ == HttpStep::kAnswering) return;
  Give(HttpTimeout(request_.timeout));
}

Error Exchange::ErrorFor(const std::exception& failure) {
  if (kept_ && kept_->overflowed()) return HttpBodyTooLarge(request_.max_body_bytes);
  return HttpFailure(step_, findings_->Or(failure.what()));
}

void Exchange::Give(HttpOutcome outcome) {
  const HttpEngine::Done done = audience_.Leave();
  if (!done) return;
  cancellation_.cancel();
  done(std::move(outcome));
}

void Exchange::Cancel() {
  if (audience_.Leave()) cancellation_.cancel();
}

void Exchange::Release() {
  Reaper::Get().Post([self = shared_from_this()] {
    self->client_.reset();
    Reaper::Get().Release(self.get());
  });
}

class Call final : public HttpCall {
 public:
  explicit Call(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  ~Call() override { exchange_->Cancel(); }
  void Cancel() override { exchange_->Cancel(); }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

class Engine final : public HttpEngine {
 public:
  std::unique_ptr<HttpCall> Send(HttpRequest request, Done done) override {
    return Begin(std::make_shared<Exchange>(std::move(request), std::nullopt, std::move(done)));
  }
  std::unique_ptr<HttpCall> Stream(HttpRequest request, std::weak_ptr<HttpParts> parts, Done done) override {
    return Begin(std::make_shared<Exchange>(std::move(request), std::move(parts), std::move(done)));
  }

 private:
  static std::unique_ptr<HttpCall> Begin(std::shared_ptr<Exchange> exchange) {
    exchange->Start();
    return std::make_unique<Call>(std::move(exchange));
  }
};

}  // namespace

std::shared_ptr<HttpEngine> CpprestHttpEngine() { return std::make_shared<Engine>(); }

}  // namespace gapless::net

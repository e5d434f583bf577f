// What one request of Beast's engine does on its io thread:
//
//   dialing (beast_dial.h) ─▶ sending, and waiting for the head ─▶ taking the body ─▶ over
//       │  └ not on a kept connection ─▶┘          │                      │
//       └────────────── an error, the deadline, Stop, Cut ────────────────┴─────────▶ over
//
// Whoever refuses a long request may answer and close before it has arrived: so the answer is read while the request is
// written, and it is the reading that tells how it ended.

#include "transport/net/beast_exchange.h"

#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/error_code.hpp>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "transport/net/address.h"

namespace gapless::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

/// What servers commonly send at most is 8 to 16 KiB.
constexpr std::uint32_t kMaxHeadBytes = 64 * 1024;
/// Above the head's, for it must be whole in here. It also bounds the lines between the chunks of a body.
constexpr std::size_t kMaxBufferBytes = 2 * kMaxHeadBytes;
constexpr std::size_t kPartBytes = 16 * 1024;
constexpr unsigned kSwitchingProtocols = 101;

/// Takes the body out of `request`.
http::request<http::string_body> MessageOf(HttpRequest& request) {
  const UrlAddress address = AddressFrom(request.url);
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(address.target);
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.set(http::field::host, address.authority);
  if (!request.body.empty() || request.method != "GET") message.content_length(request.body.size());
  message.body() = std::exchange(request.body, {});
  return message;
}

class Exchange final : public BeastExchange, public std::enable_shared_from_this<Exchange> {
 private:
  /// A completion handler that keeps the exchange alive and comes only while it is not over.
  template <typename Act>
  auto Handler(Act act) {
    return [self = shared_from_this(), act = std::move(act)](auto... results) {
      if (!self->over_) self->Guarded([&] { act(*self, results...); });
    };
  }

  /// What is thrown in here, a lack of memory mostly, ends the request and nothing else.
  template <typename Act>
  void Guarded(const Act& act) {
    try {
      act();
    } catch (const std::exception& error) {
      Give(HttpFailure(step_, error.what()));
    }
  }

 public:
  Exchange(std::shared_ptr<IoThread> io, const BeastOptions& options, std::shared_ptr<BeastLines> lines,
           HttpRequest request, std::shared_ptr<HttpAudience> audience)
      : io_(std::move(io)),
        options_(options),
        lines_(std::move(lines)),
        request_(std::move(request)),
        audience_(std::move(audience)),
        deadline_(io_->context()),
        buffer_(kMaxBufferBytes) {}

  void Start() override {
    Guarded([this] {
      io_->Watch(weak_from_this());
      if (over_) return;
      deadline_.Arm(request_.timeout, shared_from_this(), [this] { Guarded([this] { OnTimeout(); }); });
      message_ = MessageOf(request_);
      if (!audience_->wants_parts()) line_ = lines_->Take(OriginOf(request_.url), request_.tls);
      if (line_) return Talk();
      Dial();
    });
  }

  void Stop() override { Finish(); }
  void Cut() override { Give(Error(Errc::kCancelled, "the process exits while a request is under way")); }

 private:
  void Dial() {
    line_ = std::make_shared<BeastLine>(io_->context(), options_, request_.url, request_.tls);
    line_->Connect([self = shared_from_this()](const std::string& failure) {
      if (!failure.empty()) return self->Give(HttpFailure(HttpStep::kConnecting, failure));
      self->Guarded([&] { self->Talk(); });
    });
  }

  void Talk() {
    step_ = HttpStep::kSent;
    http::async_write(line_->stream(), message_,
                      Handler([](Exchange& self, ErrorCode error, std::size_t) { self.is_sent_ = !error; }));
    ReadHead();
  }

  void ReadHead() {
    parser_.emplace();
    parser_->header_limit(kMaxHeadBytes);
    // Of a body that goes out in parts, or is counted here.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    if (request_.method == "HEAD") parser_->skip(true);
    http::async_read_header(line_->stream(), buffer_, *parser_,
                            Handler([](Exchange& self, ErrorCode error, std::size_t) { self.OnHead(error); }));
  }

  void OnHead(ErrorCode error) {
    if (error) return Fail(error);
    const unsigned status = parser_->get().result_int();
    const bool is_interim = status < 200 && status != kSwitchingProtocols;
    if (is_interim) return ReadHead();
    step_ = HttpStep::kAnswering;
    answer_.status = static_cast<std::uint16_t>(status);
    for (const auto& field : parser_->get()) {
      const beast::string_view name = field.name_string();
      const beast::string_view value = field.value();
      AddHeader(answer_, {name.data(), name.size()}, {value.data(), value.size()});
    }
    if (audience_->wants_parts()) {
      deadline_.Clear();
      audience_->Tell([this](HttpParts& listener) { listener.OnHead(answer_); });
    } else if (!parser_->is_done() && parser_->content_length().value_or(0) > request_.max_body_bytes) {
      return Give(HttpBodyTooLarge(request_.max_body_bytes));
    }
    TakeBody();
  }

  void TakeBody() {
    if (parser_->is_done()) return OnWhole();
    auto& body = parser_->get().body();
    body.data = part_.data();
    body.size = part_.size();
    http::async_read_some(line_->stream(), buffer_, *parser_,
                          Handler([](Exchange& self, ErrorCode error, std::size_t) { self.OnPart(error); }));
  }

  void OnPart(ErrorCode error) {
    const std::string_view part(part_.data(), part_.size() - parser_->get().body().size);
    if (audience_->wants_parts()) {
      if (!part.empty()) audience_->Tell([part](HttpParts& listener) { listener.OnPart(part); });
    } else if (part.size() > request_.max_body_bytes - answer_.body.size()) {
      return Give(HttpBodyTooLarge(request_.max_body_bytes));
    } else {
      answer_.body.append(part);
    }
    // It only says that the part is full.
    if (error && error != http::error::need_buffer) return Fail(error);
    TakeBody();
  }

  void OnWhole() {
    const bool is_clean = is_sent_ && parser_->keep_alive() && buffer_.size() == 0;
    if (is_clean && !audience_->wants_parts()) lines_->Keep(std::exchange(line_, nullptr));
    Give(std::move(answer_));
  }

  void OnTimeout() {
    if (step_ != HttpStep::kConnecting) return Give(HttpTimeout(request_.timeout));
    Give(HttpFailure(step_, "no connection came about within " + std::to_string(request_.timeout.count()) + " ms"));
  }

  void Fail(ErrorCode error) { Give(HttpFailure(step_, line_->dial().findings().Or(error.message()))); }

  void Give(HttpOutcome outcome) {
    Finish();
    if (const HttpEngine::Done done = audience_->Leave()) done(std::move(outcome));
  }

  void Finish() {
    if (std::exchange(over_, true)) return;
    deadline_.Clear();
    if (line_) line_->Close();
  }

  const std::shared_ptr<IoThread> io_;
  const BeastOptions options_;
  const std::shared_ptr<BeastLines> lines_;
  HttpRequest request_;
  const std::shared_ptr<HttpAudience> audience_;

  HttpStep step_ = HttpStep::kConnecting;
  bool over_ = false;
  IoDeadline deadline_;
  http::request<http::string_body> message_;
  /// All of the request is in the system's hands.
  bool is_sent_ = false;
  std::shared_ptr<BeastLine> line_;
  beast::flat_buffer buffer_;
  std::optional<http::response_parser<http::buffer_body>> parser_;
  HttpResponse answer_;
  std::array<char, kPartBytes> part_{};
};

}  // namespace

std::shared_ptr<BeastExchange> BeastExchange::Make(std::shared_ptr<IoThread> io, const BeastOptions& options,
                                                   std::shared_ptr<BeastLines> lines, HttpRequest request,
                                                   std::shared_ptr<HttpAudience> audience) {
  return std::make_shared<Exchange>(std::move(io), options, std::move(lines), std::move(request), std::move(audience));
}

}  // namespace gapless::net

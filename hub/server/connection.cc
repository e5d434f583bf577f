// Reads requests and answers them, until one of them turns the connection into a talk.

#include "hub/server/connection.h"

#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "gapless/runtime.h"
#include "hub/server/emulation.h"
#include "hub/server/http_api.h"
#include "hub/server/http_route.h"
#include "hub/server/start_talk.h"
#include "hub/server/stream_sessions.h"

namespace gapless::hub {
namespace {

namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;
/// A body may quote commands that by themselves are as long as a message may be.
constexpr std::size_t kQuoting = 2;
constexpr std::size_t kMaxApiBytes = std::size_t{64} << 20;
constexpr std::size_t kDrainBytes = 4 * 1024;

TimePoint Now() { return std::chrono::steady_clock::now(); }

class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(tcp::socket socket, const ConnectionContext& context, std::uint64_t random)
      : context_(context), random_(random), socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  void Start() {
    ErrorCode ignored;  // Without it small frames are only slower.
    socket_.set_option(tcp::no_delay(true), ignored);
    ReadRequest();
  }

  bool open() const override { return false; }
  void Close(CloseReason /*reason*/) override { Cut(); }
  void Cut() override {
    if (ended_) return;
    ErrorCode ignored;  // A socket that is broken already is as good as cut.
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    End();
  }
  bool EndSubscription(const std::string& /*channel*/, std::uint32_t /*code*/, std::string_view /*reason*/) override {
    return false;
  }

 private:
  void ReadRequest() {
    began_at_ = Now();
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    parser_->body_limit(kMaxApiBytes);  // Less for others: see OnHead.
    timer_.expires_after(context_.options.connect_timeout);
    timer_.async_wait([self = shared_from_this()](ErrorCode cancelled) {
      if (!cancelled && !self->ended_ && Now() >= self->timer_.expiry()) self->Cut();
    });
    http::async_read_header(socket_, buffer_, *parser_, [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (!self->ended_) self->OnHead(error);
    });
  }

  void OnHead(ErrorCode error) {
    if (error) return OnBadRequest(error);
    const std::string target(parser_->get().target());
    for_api_ = IsForApi(target, context_.options.api_key);
    if (for_api_) {
      if (const auto answer = AnswerWithoutBody(ToApiRequest(), context_.options.api_key))
        return Answer(*answer, false);
    }
    const std::size_t limit = for_api_ ? kMaxApiBytes : context_.options.max_message_bytes * kQuoting;
    if (parser_->content_length().value_or(0) > limit) return Refuse(413, "the request is too long");
    parser_->body_limit(limit);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](ErrorCode read_error, std::size_t) {
      if (!self->ended_) self->OnRequest(read_error);
    });
  }

  void OnBadRequest(ErrorCode error) {
    if (error == http::error::body_limit) return Refuse(413, "the request is too long");
    const bool not_http = error.category() == http::make_error_code(http::error::bad_method).category();
    if (not_http && error != http::error::end_of_stream) return Refuse(400, "this is no HTTP request");
    End();
  }

  void OnRequest(ErrorCode error) {
    if (error) return OnBadRequest(error);
    if (for_api_) return Answer(AnswerApi(ToApiRequest(), *context_.core), parser_->get().keep_alive());
    const Route route = FindRoute(Head());
    switch (route.endpoint) {
      case Endpoint::kNone:
        return Refuse(route.status, route.problem);
      case Endpoint::kWebSocket:
        return HandOver(StartWebSocketTalk(Leave(), parser_->get(), route.subprotocol));
      case Endpoint::kHttpStream:
        return HandOver(StartStreamTalk(Leave(), StreamFormat::kLines, parser_->get().body()));
      case Endpoint::kSse:
        return HandOver(StartStreamTalk(Leave(), StreamFormat::kEvents,
                                        route.commands.empty() ? parser_->get().body() : route.commands));
      case Endpoint::kEmulation:
        return Emulate();
    }
  }

  HttpHead Head() const {
    const auto& request = parser_->get();
    HttpHead head{.method = std::string(request.method_string()),
                  .target = std::string(request.target()),
                  .is_upgrade = boost::beast::websocket::is_upgrade(request),
                  .subprotocols = {}};
    for (const auto& name : http::token_list(request[http::field::sec_websocket_protocol])) {
      head.subprotocols.emplace_back(name);
    }
    return head;
  }

  ApiRequest ToApiRequest() {
    auto& request = parser_->get();
    return {.verb = std::string(request.method_string()),
            .target = std::string(request.target()),
            .api_key = std::string(request["X-API-Key"]),
            .authorization = std::string(request[http::field::authorization]),
            .error_mode = std::string(request["X-Centrifugo-Error-Mode"]),
            .body = std::move(request.body())};
  }

  Handover Leave() { return {std::move(socket_), context_, random_, began_at_}; }

  void HandOver(std::shared_ptr<Connection> talk) {
    ended_ = true;
    timer_.cancel();
    context_.on_begin(std::move(talk));
    context_.on_end(this);
  }

  void Emulate() {
    const std::string& body = parser_->get().body();
    if (body.size() > context_.options.max_message_bytes) return Refuse(413, "the request is too long");
    const EmulatedCommands commands = ReadEmulation(body, context_.streams->node);
    context_.streams->Deliver(commands.session, commands.commands);
    Answer(commands.status, {}, parser_->get().keep_alive());
  }

  void Refuse(unsigned status, const std::string& problem) {
    Answer(status, problem, status == 204 && parser_->get().keep_alive());
  }

  void Answer(unsigned status, const std::string& problem, bool keep_alive) {
    Answer({.status = status, .content_type = "text/plain", .body = problem.empty() ? "" : problem + "\n"}, keep_alive);
  }

  void Answer(const ApiResponse& answer, bool keep_alive) {
    timer_.cancel();
    response_.emplace();
    response_->result(answer.status);
    response_->set(http::field::access_control_allow_origin, "*");
    if (answer.status == 204) {
      response_->set(http::field::access_control_allow_methods, "POST, OPTIONS");
      response_->set(http::field::access_control_allow_headers, "*");
      response_->set(http::field::access_control_max_age, "300");
    } else {
      response_->set(http::field::content_type, answer.content_type);
      response_->body() = answer.body;
    }
    response_->keep_alive(keep_alive);
    response_->prepare_payload();
    http::async_write(socket_, *response_, [self = shared_from_this(), keep_alive](ErrorCode error, std::size_t) {
      if (self->ended_) return;
      if (error) return self->End();
      if (keep_alive) return self->ReadRequest();
      ErrorCode ignored;  // The next read tells as much.
      self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
      self->buffer_.clear();
      self->timer_.expires_after(self->context_.options.connect_timeout);
      self->timer_.async_wait([self](ErrorCode cancelled) {
        if (!cancelled && !self->ended_) self->Cut();
      });
      self->Drain();
    });
  }

  // Closing with something unread would reset the connection, and the answer might be lost on the way.
  void Drain() {
    socket_.async_read_some(buffer_.prepare(kDrainBytes), [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (self->ended_) return;
      if (error) return self->End();
      self->Drain();
    });
  }

  void End() {
    ended_ = true;
    timer_.cancel();
    ErrorCode ignored;  // It is gone either way.
    socket_.close(ignored);
    context_.on_end(this);
  }

  const ConnectionContext& context_;
  const std::uint64_t random_;
  TimePoint began_at_;
  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  bool for_api_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<Connection> StartConnection(tcp::socket socket, const ConnectionContext& context,
                                            std::uint64_t random) {
  auto connection = std::make_shared<HttpConnection>(std::move(socket), context, random);
  connection->Start();
  return connection;
}

}  // namespace gapless::hub

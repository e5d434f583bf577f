// What one connection of Beast's engine does on its io thread:
//
//   resolving ─▶ connecting, one address after another ─▶ securing (wss) ─▶ upgrading ─▶ open ─▶ closing ─▶ over
//       └───────────────┴─── any error, a deadline, HangUp ───┴─────────────────┴─────────┴─ an error, Cut ─▶ over
//
// Closing is the polite end: a close frame is sent, what comes is read and dropped until the peer's close frame or the
// deadline. Every operation keeps the wire alive; over, the socket is closed, so they all end, and with the last one
// the wire.

#include "transport/net/beast_wire.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/error.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gapless/error.h"
#include "transport/net/address.h"
#include "transport/net/beast_stream.h"
#include "transport/net/tls.h"

namespace gapless::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Cause = WebSocketEnd::Cause;
using Farewell = WebSocketConnection::Farewell;

/// Masking copies what is sent, in pieces of this size.
constexpr std::size_t kWriteBufferBytes = 16 * 1024;
/// A buffer that a large message has left behind is not kept.
constexpr std::size_t kKeptReadBytes = 256 * 1024;
/// What RFC 6455 calls a close frame without a status.
constexpr std::uint16_t kNoStatus = 1005;

std::string HttpStatus(const websocket::response_type& response) {
  const beast::string_view reason = http::obsolete_reason(response.result());
  return "the server answered HTTP " + std::to_string(response.result_int()) + " " +
         std::string(reason.data(), reason.size());
}

WebSocketEnd EndOfReading(ErrorCode error, const websocket::close_reason& reason) {
  if (error == websocket::error::closed) {
    const std::uint16_t code = reason.code == websocket::close_code::none ? kNoStatus : reason.code;
    return {Cause::kClosedByPeer, code, std::string(reason.reason.data(), reason.reason.size()), {}};
  }
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) {
    return {Cause::kMessageTooLarge, 0, {}, error.message()};
  }
  const bool not_inflatable = error.category() == make_error_code(beast::zlib::error::need_buffers).category();
  if (error == websocket::condition::protocol_violation || not_inflatable) {
    return {Cause::kPeerViolation, 0, {}, error.message()};
  }
  return {Cause::kLost, 0, {}, error.message()};
}

/// A request's files as they are now. That they could be read once was seen when the transport was made.
std::optional<TlsSetup> ReadTls(const WebSocketRequest& request, const UrlAddress& address) {
  if (!address.secure) return std::nullopt;
  try {
    return std::optional<TlsSetup>(std::in_place, request.tls, address.host);
  } catch (const Error& error) {
    throw Error(Errc::kConnectFailed, error.what());
  }
}

class LiveWire final : public BeastWire, public std::enable_shared_from_this<LiveWire> {
 private:
  enum class State : std::uint8_t { kConnecting, kOpen, kClosing, kOver };

  /// A completion handler that keeps the wire alive and comes only while it is not over.
  template <typename Act>
  auto Handler(Act act) {
    return [self = shared_from_this(), act = std::move(act)](auto... results) {
      if (self->state_ == State::kOver) return;
      self->Guarded([&] { act(*self, results...); });
    };
  }

  /// What is thrown in here, a lack of memory mostly, ends the connection and nothing else.
  template <typename Act>
  void Guarded(const Act& act) {
    try {
      act();
    } catch (const std::exception& error) {
      Finish({state_ == State::kConnecting ? Cause::kConnectFailed : Cause::kLost, 0, {}, error.what()});
    }
  }

 public:
  LiveWire(std::shared_ptr<IoThread> io, const BeastOptions& options, const WebSocketRequest& request,
           std::shared_ptr<Audience> audience)
      : io_(std::move(io)),
        options_(options),
        request_(request),
        address_(AddressFrom(request.url)),
        tls_(ReadTls(request, address_)),
        audience_(std::move(audience)),
        resolver_(io_->context()),
        deadline_(io_->context()),
        stream_(io_->context()) {}

  void Start() override {
    Guarded([this] {
      io_->Watch(weak_from_this());
      if (state_ == State::kConnecting) Resolve();
    });
  }

  void Write(std::string message) override {
    if (state_ != State::kOpen) return;
    Guarded([&] {
      outgoing_ = std::move(message);
      stream_.async_write(asio::buffer(outgoing_),
                          Handler([](LiveWire& self, ErrorCode error, std::size_t) { self.OnWritten(error); }));
    });
  }

  void HangUp(Farewell farewell) override {
    if (state_ != State::kOpen || farewell == Farewell::kAbrupt) return Cut();
    state_ = State::kClosing;
    Guarded([this] { BeginClose(); });
  }

  void Cut() override {
    audience_->Leave();
    Finish({});
  }

 private:
  void Resolve() {
    ErrorCode no_address;
    const auto address = asio::ip::make_address(address_.host, no_address);
    if (!no_address) {
      endpoints_.emplace_back(address, static_cast<std::uint16_t>(std::stoul(address_.port)));
      return Connect();
    }
    ArmDeadline(options_.resolve_timeout, "resolving " + address_.host);
    resolver_.async_resolve(address_.host, address_.port, tcp::resolver::numeric_service,
                            Handler([](LiveWire& self, ErrorCode error, const tcp::resolver::results_type& results) {
                              if (error) return self.FailToConnect("cannot resolve " + self.address_.host, error);
                              for (const auto& result : results) self.endpoints_.push_back(result.endpoint());
                              self.Connect();
                            }));
  }

  void Connect() {
    const tcp::endpoint endpoint = endpoints_[next_endpoint_++];
    const std::string step = "connecting to " + endpoint.address().to_string();
    ArmDeadline(options_.connect_timeout, step);
    Bytes().socket().async_connect(endpoint, Handler([step](LiveWire& self, ErrorCode error) {
                                     if (!error) return self.OnConnected();
                                     if (self.next_endpoint_ == self.endpoints_.size()) {
                                       return self.FailToConnect(step, error);
                                     }
                                     self.Bytes().Close();
                                     self.Connect();
                                   }));
  }

  void OnConnected() {
    connected_ = true;
    ErrorCode ignored;  // Without it small frames are only slower.
    Bytes().socket().set_option(tcp::no_delay(true), ignored);
    if (!tls_) return Upgrade();
    ArmDeadline(options_.tls_timeout, "the TLS handshake");
    tls_context_.emplace(asio::ssl::context::tls_client);
    tls_->ApplyTo(tls_context_->native_handle(), findings_);
    auto& secure = Bytes().Secure(*tls_context_);
    secure.async_handshake(asio::ssl::stream_base::client, Handler([](LiveWire& self, ErrorCode error) {
                             if (error) return self.FailToConnect("TLS", error);
                             self.Upgrade();
                           }));
  }

  void Upgrade() {
    ArmDeadline(options_.upgrade_timeout, "the WebSocket upgrade");
    // Who connects keeps the time, and what is alive shows by what it sends.
    stream_.set_option(
        websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
    stream_.set_option(
        websocket::stream_base::decorator([this](websocket::request_type& upgrade) { Decorate(upgrade); }));
    if (options_.compression) {
      websocket::permessage_deflate deflate;
      deflate.client_enable = true;
      stream_.set_option(deflate);
    }
    stream_.text(true);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(kWriteBufferBytes);
    stream_.read_message_max(kMaxIncomingBytes);
    stream_.async_handshake(response_, address_.authority, address_.target,
                            Handler([](LiveWire& self, ErrorCode error) {
                              if (error) return self.FailToConnect("no WebSocket", error);
                              self.OnUpgraded();
                            }));
  }

  void Decorate(websocket::request_type& upgrade) const {
    for (const auto& [name, value] : request_.headers) upgrade.set(name, value);
    std::string subprotocols;
    for (const std::string& name : request_.subprotocols) subprotocols += (subprotocols.empty() ? "" : ", ") + name;
    if (!subprotocols.empty()) upgrade.set(http::field::sec_websocket_protocol, subprotocols);
  }

  void OnUpgraded() {
    deadline_.cancel();
    state_ = State::kOpen;
    stream_.control_callback([this](websocket::frame_type type, beast::string_view) {
      // Beast now writes the answer and ends the connection, which the peer could hold up.
      if (type == websocket::frame_type::close) ArmDeadline(options_.close_timeout, "the close");
    });
    Tell([](WebSocketEvents& events) { events.OnOpen(); });
    Read();
  }

  void Read() {
    if (state_ == State::kOver) return;
    stream_.async_read(buffer_, Handler([](LiveWire& self, ErrorCode error, std::size_t) { self.OnRead(error); }));
  }

  void OnRead(ErrorCode error) {
    if (error) {
      WebSocketEnd end = EndOfReading(write_error_ && error == asio::error::operation_aborted ? write_error_ : error,
                                      stream_.reason());
      if (end.cause == Cause::kLost) end.detail = findings_->Or(std::move(end.detail));
      return Finish(std::move(end));
    }
    if (!stream_.got_text()) return Break("the peer sent a binary message");
    if (state_ == State::kOpen) {
      const auto bytes = buffer_.data();
      std::string message(static_cast<const char*>(bytes.data()), bytes.size());
      Tell([&message](WebSocketEvents& events) { events.OnMessage(std::move(message)); });
    }
    if (buffer_.capacity() > kKeptReadBytes) {
      buffer_ = beast::flat_buffer();
    } else {
      buffer_.clear();
    }
    Read();
  }

  void OnWritten(ErrorCode error) {
    if (error) {
      // The reading side tells how it ended, for the peer may have said why; but it may also wait for ever.
      write_error_ = error;
      return ArmDeadline(options_.close_timeout, "the end");
    }
    Tell([](WebSocketEvents& events) { events.OnSent(); });
  }

  void ArmDeadline(std::chrono::milliseconds limit, std::string step) {
    deadline_.cancel();
    if (limit.count() == 0) return;
    deadline_.expires_after(limit);
    deadline_.async_wait(Handler([limit, step = std::move(step)](LiveWire& self, ErrorCode error) {
      // One that had fired before it was armed anew still arrives.
      if (error || self.deadline_.expiry() > std::chrono::steady_clock::now()) return;
      self.OnDeadline(step + " took longer than " + std::to_string(limit.count()) + " ms");
    }));
  }

  void OnDeadline(const std::string& what) {
    const bool other_address = !endpoints_.empty() && next_endpoint_ < endpoints_.size() && !connected_;
    if (state_ == State::kClosing) return Cut();
    if (state_ == State::kConnecting && other_address) return Bytes().Close();
    if (state_ == State::kConnecting) return Finish({Cause::kConnectFailed, 0, {}, what});
    if (write_error_) return Finish({Cause::kLost, 0, {}, write_error_.message()});
    Finish(EndOfReading(websocket::error::closed, stream_.reason()));
  }

  void BeginClose() {
    ArmDeadline(options_.close_timeout, "the close");
    stream_.async_close(websocket::close_code::normal, Handler([](LiveWire& self, ErrorCode) { self.Cut(); }));
  }

  template <typename Report>
  void Tell(const Report& report) {
    const std::string refused = audience_->Tell(report);
    if (!refused.empty()) Break(refused);
  }

  void Break(const std::string& why) {
    if (state_ != State::kOver) Finish({Cause::kLost, 0, {}, why});
  }

  void FailToConnect(const std::string& step, ErrorCode error) {
    std::string detail = step + ": " + error.message();
    if (error == websocket::error::upgrade_declined) detail = HttpStatus(response_);
    Finish({Cause::kConnectFailed, 0, {}, findings_->Or(std::move(detail))});
  }

  void Finish(const WebSocketEnd& end) {
    if (std::exchange(state_, State::kOver) == State::kOver) return;
    deadline_.cancel();
    resolver_.cancel();
    Bytes().Close();
    audience_->Tell([&end](WebSocketEvents& events) { events.OnEnd(end); });
  }

  ByteStream& Bytes() { return stream_.next_layer(); }

  const std::shared_ptr<IoThread> io_;
  const BeastOptions options_;
  const WebSocketRequest request_;
  const UrlAddress address_;
  const std::optional<TlsSetup> tls_;
  const std::shared_ptr<TlsFindings> findings_ = std::make_shared<TlsFindings>();
  const std::shared_ptr<Audience> audience_;

  State state_ = State::kConnecting;
  tcp::resolver resolver_;
  std::vector<tcp::endpoint> endpoints_;
  std::size_t next_endpoint_ = 0;
  bool connected_ = false;
  asio::steady_timer deadline_;
  /// Outlives the stream.
  std::optional<asio::ssl::context> tls_context_;
  websocket::stream<ByteStream> stream_;
  websocket::response_type response_;
  beast::flat_buffer buffer_;
  std::string outgoing_;
  ErrorCode write_error_;
};

}  // namespace

std::shared_ptr<BeastWire> BeastWire::Make(std::shared_ptr<IoThread> io, const BeastOptions& options,
                                           const WebSocketRequest& request, std::shared_ptr<Audience> audience) {
  return std::make_shared<LiveWire>(std::move(io), options, request, std::move(audience));
}

}  // namespace gapless::net

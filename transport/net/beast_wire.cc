// What one connection of Beast's engine does on its io thread:
//
//   dialing (beast_dial.h) ─▶ upgrading ─▶ open ─▶ closing ─▶ over
//       └─── an error, a deadline, HangUp ───┴────────┴─ an error, Cut ─▶ over
//
// Closing is the polite end: a close frame is sent, what comes is read and dropped until the peer's close frame or the
// deadline. Every operation keeps the wire alive; over, the socket is closed, so they all end, and with the last one
// the wire.

#include "transport/net/beast_wire.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/error.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "transport/net/beast_dial.h"
#include "transport/net/beast_stream.h"
#include "transport/net/io_deadline.h"

namespace gapless::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
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
        audience_(std::move(audience)),
        dial_(io_->context(), options, request.url, request.tls),
        deadline_(io_->context()),
        stream_(io_->context()) {}

  void Start() override {
    Guarded([this] {
      io_->Watch(weak_from_this());
      if (state_ == State::kConnecting) Dial();
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
  void Dial() {
    dial_.Begin(weak_from_this(), Bytes(), [this](const std::string& failure) {
      if (!failure.empty()) return Finish({Cause::kConnectFailed, 0, {}, failure});
      Guarded([this] { Upgrade(); });
    });
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
    stream_.async_handshake(response_, dial_.address().authority, dial_.address().target,
                            Handler([](LiveWire& self, ErrorCode error) {
                              if (error) return self.FailToUpgrade(error);
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
    deadline_.Clear();
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
      if (end.cause == Cause::kLost) end.detail = dial_.findings().Or(std::move(end.detail));
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
    deadline_.Arm(limit, shared_from_this(), [this, limit, step = std::move(step)] {
      Guarded([&] { OnDeadline(step + " took longer than " + std::to_string(limit.count()) + " ms"); });
    });
  }

  void OnDeadline(const std::string& what) {
    if (state_ == State::kClosing) return Cut();
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

  void FailToUpgrade(ErrorCode error) {
    std::string detail = "no WebSocket: " + error.message();
    if (error == websocket::error::upgrade_declined) detail = HttpStatus(response_);
    Finish({Cause::kConnectFailed, 0, {}, dial_.findings().Or(std::move(detail))});
  }

  void Finish(const WebSocketEnd& end) {
    if (std::exchange(state_, State::kOver) == State::kOver) return;
    deadline_.Clear();
    dial_.GiveUp();
    Bytes().Close();
    audience_->Tell([&end](WebSocketEvents& events) { events.OnEnd(end); });
  }

  ByteStream& Bytes() { return stream_.next_layer(); }

  const std::shared_ptr<IoThread> io_;
  const BeastOptions options_;
  const WebSocketRequest request_;
  const std::shared_ptr<Audience> audience_;

  State state_ = State::kConnecting;
  /// Outlives the stream.
  BeastDial dial_;
  IoDeadline deadline_;
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

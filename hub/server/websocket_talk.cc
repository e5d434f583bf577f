#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <utility>

#include "hub/server/start_talk.h"
#include "hub/server/talk.h"

namespace gapless::hub {
namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::uint16_t kMessageTooBig = 1009;

class WebSocketTalk final : public Talk {
 public:
  explicit WebSocketTalk(Handover handover)
      : Talk(handover.context, handover.socket.get_executor()),
        random_(handover.random),
        started_at_(handover.started_at),
        stream_(std::move(handover.socket)) {}

  void Start(const http::request<http::string_body>& request, const std::string& subprotocol) {
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.read_message_max(0);  // Read() counts, so that a close can tell the client.
    if (!subprotocol.empty()) {
      stream_.set_option(websocket::stream_base::decorator(
          [subprotocol](auto& response) { response.set(http::field::sec_websocket_protocol, subprotocol); }));
    }
    // It is over as soon as the answer is under way: there is no more to be read than the request.
    stream_.async_accept(request, [self = Self()](ErrorCode error) {
      if (self->ended()) return;
      if (error) return self->End();
      self->Open(self->started_at_, self->random_, {});
      if (!self->ended()) self->Read();
    });
  }

 private:
  std::shared_ptr<WebSocketTalk> Self() { return std::static_pointer_cast<WebSocketTalk>(shared_from_this()); }
  tcp::socket& Socket() override { return stream_.next_layer(); }

  void Read() {
    const std::size_t room = context().options.max_message_bytes - buffer_.size() + 1;
    stream_.async_read_some(buffer_, room, [self = Self()](ErrorCode error, std::size_t) {
      if (self->ended()) return;
      if (!error) return self->OnRead();
      // A close under way ends by itself.
      if (!self->close_begun()) self->End();
    });
  }

  void OnRead() {
    if (buffer_.size() > context().options.max_message_bytes) {
      Close({kMessageTooBig, ""});
    } else if (stream_.is_message_done()) {
      const auto bytes = buffer_.data();
      TakeCommands({static_cast<const char*>(bytes.data()), bytes.size()});
      buffer_.clear();
    }
    if (!ended() && !session().closing()) Read();
  }

  void Write(std::string_view frame) override {
    stream_.async_write(boost::asio::buffer(frame.data(), frame.size()), [self = Self()](ErrorCode error, std::size_t) {
      if (self->ended()) return;
      if (error) return self->End();
      self->FrameWritten();
    });
  }

  void BeginClose(const CloseReason& reason) override {
    stream_.async_close(websocket::close_reason(static_cast<websocket::close_code>(reason.code), reason.reason),
                        [self = Self()](ErrorCode) {
                          if (!self->ended()) self->End();
                        });
  }

  const std::uint64_t random_;
  const TimePoint started_at_;
  websocket::stream<tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace

std::shared_ptr<Connection> StartWebSocketTalk(Handover handover, const http::request<http::string_body>& request,
                                               const std::string& subprotocol) {
  auto talk = std::make_shared<WebSocketTalk>(std::move(handover));
  talk->Start(request, subprotocol);
  return talk;
}

}  // namespace gapless::hub

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <charconv>
#include <utility>

#include "hub/server/reply.h"
#include "hub/server/start_talk.h"
#include "hub/server/stream_sessions.h"
#include "hub/server/talk.h"

namespace gapless::hub {
namespace {

namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

std::string Hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr};
}

std::string ResponseHead(StreamFormat format) {
  // The blank line shows a client of the events that they have begun.
  const bool events = format == StreamFormat::kEvents;
  return std::string(
             "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n"
             "Transfer-Encoding: chunked\r\nContent-Type: ") +
         (events ? "text/event-stream; charset=utf-8\r\n\r\n2\r\n\r\n\r\n" : "text/plain; charset=utf-8\r\n\r\n");
}

class StreamTalk final : public Talk {
 public:
  StreamTalk(Handover handover, StreamFormat format)
      : Talk(handover.context, handover.socket.get_executor()),
        random_(handover.random),
        started_at_(handover.started_at),
        socket_(std::move(handover.socket)),
        format_(format),
        id_(Hex(random_)) {}
  ~StreamTalk() override { context().streams->Remove(id_); }

  void Start(std::string commands) {
    text_ = ResponseHead(format_);
    boost::asio::async_write(socket_, boost::asio::buffer(text_),
                             [self = Self(), commands = std::move(commands)](ErrorCode error, std::size_t) {
                               if (self->ended()) return;
                               if (error) return self->End();
                               self->context().streams->Add(
                                   self->id_, [weak = self->weak_from_this()](std::string_view more) {
                                     const auto talk = std::static_pointer_cast<StreamTalk>(weak.lock());
                                     if (talk && talk->open()) talk->TakeCommands(more);
                                   });
                               self->Open(self->started_at_, self->random_, {self->id_, self->context().streams->node});
                               self->Watch();
                               if (!self->ended()) self->TakeCommands(commands);
                             });
  }

 private:
  std::shared_ptr<StreamTalk> Self() { return std::static_pointer_cast<StreamTalk>(shared_from_this()); }
  tcp::socket& Socket() override { return socket_; }

  // Nothing more is expected from the client, but the end of its connection shows here.
  void Watch() {
    socket_.async_read_some(boost::asio::buffer(unread_), [self = Self()](ErrorCode error, std::size_t) {
      if (self->ended()) return;
      if (error) return self->End();
      self->Watch();
    });
  }

  void Write(std::string_view frame) override {
    text_ = InFormat(format_, frame);
    WriteChunk([](StreamTalk& self) { self.FrameWritten(); });
  }

  void BeginClose(const CloseReason& reason) override {
    std::string push;
    AppendDisconnectPush(push, reason.code, reason.reason);
    text_ = InFormat(format_, push);
    WriteChunk([](StreamTalk& self) {
      boost::asio::async_write(self.socket_, http::make_chunk_last(), [self = self.Self()](ErrorCode, std::size_t) {
        if (self->ended()) return;
        ErrorCode ignored;  // The client's own end, or the time-out, follows in any case.
        self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
      });
    });
  }

  template <class Then>
  void WriteChunk(Then then) {
    boost::asio::async_write(socket_, http::make_chunk(boost::asio::buffer(text_)),
                             [self = Self(), then](ErrorCode error, std::size_t) {
                               if (self->ended()) return;
                               if (error) return self->End();
                               then(*self);
                             });
  }

  const std::uint64_t random_;
  const TimePoint started_at_;
  tcp::socket socket_;
  const StreamFormat format_;
  const std::string id_;
  /// What is being written.
  std::string text_;
  std::array<char, 512> unread_{};
};

}  // namespace

std::shared_ptr<Connection> StartStreamTalk(Handover handover, StreamFormat format, const std::string& commands) {
  auto talk = std::make_shared<StreamTalk>(std::move(handover), format);
  talk->Start(commands);
  return talk;
}

}  // namespace gapless::hub

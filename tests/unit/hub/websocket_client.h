#ifndef GAPLESS_TESTS_UNIT_HUB_WEBSOCKET_CLIENT_H_
#define GAPLESS_TESTS_UNIT_HUB_WEBSOCKET_CLIENT_H_

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace gapless::testing {

/// A blocking WebSocket client that knows nothing of the protocol on top. Throws what Beast throws; a test that
/// waits for something that never comes is ended by ctest.
class WebSocketClient {
 public:
  using Tcp = boost::asio::ip::tcp;

  explicit WebSocketClient(std::uint16_t port, const std::string& subprotocol = "",
                           const std::string& target = "/connection/websocket") {
    namespace websocket = boost::beast::websocket;
    stream_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
    if (!subprotocol.empty()) {
      stream_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
        request.set(boost::beast::http::field::sec_websocket_protocol, subprotocol);
      }));
    }
    stream_.handshake(response_, "127.0.0.1", target);
    stream_.auto_fragment(false);
    stream_.read_message_max(0);
  }

  std::string Subprotocol() const { return std::string(response_[boost::beast::http::field::sec_websocket_protocol]); }

  void Send(const std::string& frame) { stream_.write(boost::asio::buffer(frame)); }
  void SendBinary(const std::string& frame) {
    stream_.binary(true);
    stream_.write(boost::asio::buffer(frame));
    stream_.text(true);
  }

  /// The next message, whatever frame it came in. Pings of the protocol are answered and passed over.
  std::string Read() {
    for (;;) {
      while (messages_.empty()) ReadFrame();
      std::string message = std::move(messages_.front());
      messages_.pop_front();
      if (message != "{}") return message;
      Send("{}");
    }
  }
  /// The next message, a ping as well.
  std::string ReadRaw() {
    while (messages_.empty()) ReadFrame();
    std::string message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  std::string Ask(const std::string& command) {
    Send(command);
    return Read();
  }
  void Connect() { Ask(R"({"id":1,"connect":{}})"); }

  /// Reads until the connection ends. The close code, or 0 if it ended without a close frame.
  std::uint16_t ReadToEnd() {
    try {
      for (;;) ReadFrame();
    } catch (const boost::system::system_error& error) {
      if (error.code() != boost::beast::websocket::error::closed) return 0;
      return stream_.reason().code;
    }
  }
  std::string CloseReason() const { return std::string(stream_.reason().reason.c_str()); }

  std::size_t frames() const { return frames_; }
  std::size_t waiting() const { return messages_.size(); }
  boost::beast::websocket::stream<Tcp::socket>& stream() { return stream_; }

 private:
  void ReadFrame() {
    boost::beast::flat_buffer buffer;
    stream_.read(buffer);
    ++frames_;
    const std::string frame = boost::beast::buffers_to_string(buffer.data());
    std::size_t from = 0;
    for (;;) {
      const std::size_t end = frame.find('\n', from);
      messages_.push_back(frame.substr(from, end - from));
      if (end == std::string::npos) return;
      from = end + 1;
    }
  }

  boost::asio::io_context io_;
  boost::beast::websocket::stream<Tcp::socket> stream_{io_};
  boost::beast::websocket::response_type response_;
  std::deque<std::string> messages_;
  std::size_t frames_ = 0;
};

/// Sends `request` as it is and returns everything that comes back until the server ends the connection.
inline std::string Exchange(std::uint16_t port, const std::string& request) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  boost::asio::write(socket, boost::asio::buffer(request));
  std::string answer;
  boost::system::error_code end;
  for (char piece[4096]; !end;) answer.append(piece, socket.read_some(boost::asio::buffer(piece), end));
  return answer;
}

}  // namespace gapless::testing

#endif  // GAPLESS_TESTS_UNIT_HUB_WEBSOCKET_CLIENT_H_

#ifndef GAPLESS_TRANSPORT_NET_BEAST_STREAM_H_
#define GAPLESS_TRANSPORT_NET_BEAST_STREAM_H_

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <utility>

namespace gapless::net {

/// The bytes below a WebSocket, over TCP or over TLS, in one type, so that all of Beast is compiled once. It is what
/// Beast calls an AsyncStream, for completion handlers only.
class ByteStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;

  explicit ByteStream(boost::asio::io_context& context) : socket_(context) {}

  Socket& socket() { return socket_; }
  executor_type get_executor() { return socket_.get_executor(); }

  /// From now on over TLS, whose handshake comes next. `context` must outlive it.
  boost::asio::ssl::stream<Socket&>& Secure(boost::asio::ssl::context& context) {
    return secure_.emplace(socket_, context);
  }

  /// Whatever waits ends. Harmless when it is closed.
  void Close() {
    boost::system::error_code ignored;  // It is gone either way.
    socket_.close(ignored);
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (secure_) return secure_->async_read_some(buffers, std::forward<Handler>(handler));
    socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (secure_) return secure_->async_write_some(buffers, std::forward<Handler>(handler));
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }

  // Beast finds these two by their names. The closing handshake of WebSocket is over: nobody waits for the peer to
  // close the connection as well, as long as TLS has said that nothing was cut off.

  friend void beast_close_socket(ByteStream& stream) { stream.Close(); }
  template <class Handler>
  friend void async_teardown(boost::beast::role_type, ByteStream& stream, Handler&& handler) {
    if (stream.secure_) {
      // Many a server closes without this farewell of TLS, which then fails; that must not hide the close frame.
      return stream.secure_->async_shutdown(
          [handler = std::forward<Handler>(handler)](boost::system::error_code) mutable {
            handler(boost::system::error_code{});
          });
    }
    boost::system::error_code error;
    stream.socket_.shutdown(Socket::shutdown_both, error);
    boost::asio::post(stream.get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler), error));
  }

 private:
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> secure_;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_BEAST_STREAM_H_

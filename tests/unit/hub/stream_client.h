#ifndef GAPLESS_TESTS_UNIT_HUB_STREAM_CLIENT_H_
#define GAPLESS_TESTS_UNIT_HUB_STREAM_CLIENT_H_

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace gapless::testing {

/// A blocking client of a response without end. Throws what Beast throws; a test that waits for something that never
/// comes is ended by ctest.
class StreamClient {
 public:
  using Tcp = boost::asio::ip::tcp;

  /// Sends `request` as it is, and reads the head of the answer.
  StreamClient(std::uint16_t port, const std::string& request) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    boost::asio::write(socket_, boost::asio::buffer(request));
    parser_.body_limit(boost::none);
    boost::beast::http::read_header(socket_, buffer_, parser_);
  }

  unsigned Status() const { return parser_.get().result_int(); }
  std::string Header(boost::beast::http::field field) const { return std::string(parser_.get()[field]); }

  /// The next line, without its end; empty at the end of the response.
  std::string ReadLine() {
    for (;;) {
      const std::size_t end = text_.find('\n');
      if (end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      if (parser_.is_done()) return {};
      boost::beast::http::read_some(socket_, buffer_, parser_);
      text_ += std::exchange(parser_.get().body(), {});
    }
  }
  bool AtEnd() {
    while (!parser_.is_done()) boost::beast::http::read_some(socket_, buffer_, parser_);
    return text_.empty() && parser_.get().body().empty();
  }
  void Cut() { socket_.close(); }

 private:
  boost::asio::io_context io_;
  Tcp::socket socket_{io_};
  boost::beast::flat_buffer buffer_;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
  std::string text_;
};

inline std::string Post(const std::string& path, const std::string& body, const std::string& headers = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A POST to /emulation with `commands` for the session that `connected`, a connect reply, names.
inline std::string Emulation(const nlohmann::json& connected, const std::string& commands) {
  return Post(
      "/emulation",
      nlohmann::json{
          {"session", connected["connect"]["session"]}, {"node", connected["connect"]["node"]}, {"data", commands}}
          .dump(),
      "Connection: close\r\n");
}

}  // namespace gapless::testing

#endif  // GAPLESS_TESTS_UNIT_HUB_STREAM_CLIENT_H_

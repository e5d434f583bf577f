#ifndef GAPLESS_TESTS_INTEROP_BYTE_METER_H_
#define GAPLESS_TESTS_INTEROP_BYTE_METER_H_

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace gapless::test {

/// Stands between clients and a server on this machine, passes everything on, and counts what the server sends. Has one
/// thread of its own; connections through it end when it goes.
class ByteMeter {
 public:
  explicit ByteMeter(std::uint16_t server_port);
  ~ByteMeter();
  ByteMeter(const ByteMeter&) = delete;
  ByteMeter& operator=(const ByteMeter&) = delete;

  /// Where clients connect to.
  std::string url() const;
  std::size_t bytes_from_server() const { return bytes_; }

 private:
  void Accept();

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const boost::asio::ip::tcp::endpoint server_;
  std::atomic<std::size_t> bytes_{0};
  std::thread thread_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_BYTE_METER_H_

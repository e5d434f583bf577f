#ifndef GAPLESS_TESTS_INTEROP_RESERVED_PORT_H_
#define GAPLESS_TESTS_INTEROP_RESERVED_PORT_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>

namespace gapless::test {

/// A TCP port of this machine for a server that a test starts and kills: while this lives, no other test that runs
/// beside it gets the port, also while no server listens there.
class ReservedPort {
 public:
  /// Throws `std::runtime_error` if there is none left.
  ReservedPort();

  std::uint16_t number() const { return number_; }

 private:
  boost::asio::io_context context_;
  /// At the UDP port of the same number, which has no other use.
  boost::asio::ip::udp::socket reservation_{context_};
  std::uint16_t number_ = 0;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_RESERVED_PORT_H_

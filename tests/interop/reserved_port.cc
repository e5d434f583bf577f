#include "tests/interop/reserved_port.h"

#include <boost/asio/ip/tcp.hpp>
#include <random>
#include <stdexcept>

namespace gapless::test {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

// Below those that the system gives to connections by itself, so that none of these takes the port of a server that is
// about to come back.
constexpr std::uint16_t kFirst = 20'000;
constexpr std::uint16_t kCount = 10'000;

/// Whether some program that is no test of ours listens there.
bool IsTaken(boost::asio::io_context& context, std::uint16_t port) {
  error_code error;
  ip::tcp::acceptor acceptor(context);
  const ip::tcp::endpoint endpoint(ip::address_v4::loopback(), port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1, error);
  return error.failed();
}

}  // namespace

ReservedPort::ReservedPort() {
  reservation_.open(ip::udp::v4());
  // Not always in the same order: programs that start together would try the same ones.
  const std::uint32_t start = std::random_device()();
  for (std::uint32_t tries = 0; tries < kCount; ++tries) {
    number_ = static_cast<std::uint16_t>(kFirst + (start % kCount + tries) % kCount);
    error_code taken;
    reservation_.bind({ip::address_v4::loopback(), number_}, taken);
    if (taken) continue;
    if (!IsTaken(context_, number_)) return;
    reservation_.close();
    reservation_.open(ip::udp::v4());
  }
  throw std::runtime_error("no port is left for a server");
}

}  // namespace gapless::test

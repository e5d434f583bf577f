#include "tests/interop/byte_meter.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace gapless::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct Pair : std::enable_shared_from_this<Pair> {
  Pair(tcp::socket the_client, tcp::socket the_server) : client(std::move(the_client)), server(std::move(the_server)) {}

  void Pump(tcp::socket& from, tcp::socket& to, std::array<char, 16'384>& buffer,
            const std::function<void(std::size_t)>& count) {
    from.async_read_some(asio::buffer(buffer), [=, this, self = shared_from_this(), &from, &to, &buffer](
                                                   error_code error, std::size_t bytes) {
      if (error) return End();
      if (count) count(bytes);
      asio::async_write(to, asio::buffer(buffer, bytes),
                        [=, this, &from, &to, &buffer](error_code write_error, std::size_t) {
                          (void)self;
                          if (write_error) return End();
                          Pump(from, to, buffer, count);
                        });
    });
  }
  void End() {
    error_code ignored;  // The other way may have ended it already.
    client.close(ignored);
    server.close(ignored);
  }

  tcp::socket client;
  tcp::socket server;
  std::array<char, 16'384> to_server{};
  std::array<char, 16'384> to_client{};
};

}  // namespace

ByteMeter::ByteMeter(std::uint16_t server_port)
    : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      server_(asio::ip::address_v4::loopback(), server_port) {
  Accept();
  thread_ = std::thread([this] { io_.run(); });
}

ByteMeter::~ByteMeter() {
  io_.stop();
  thread_.join();
}

std::string ByteMeter::url() const {
  return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/connection/websocket";
}

void ByteMeter::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket client) {
    if (error) return;
    tcp::socket server(io_);
    error_code refused;
    server.connect(server_, refused);
    if (!refused) {
      const auto pair = std::make_shared<Pair>(std::move(client), std::move(server));
      pair->Pump(pair->client, pair->server, pair->to_server, {});
      pair->Pump(pair->server, pair->client, pair->to_client, [this](std::size_t bytes) { bytes_ += bytes; });
    }
    Accept();
  });
}

}  // namespace gapless::test

#include "tests/interop/parsec/stand_in.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <stdexcept>

namespace gapless::test {

namespace asio = boost::asio;
using asio::ip::tcp;

ParsecStandIn::ParsecStandIn(const std::vector<std::string>& arguments)
    : process_("GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", " 200 ") {
  std::vector<std::string> command = {
      GAPLESS_PARSEC_STAND_IN,    "--faults", "--state-dir",
      process_.folder().string(), "--addr",   "127.0.0.1:" + std::to_string(process_.port())};
  command.insert(command.end(), arguments.begin(), arguments.end());
  process_.SetCommand(std::move(command));
  process_.Start();
}

std::string ParsecStandIn::management_token() const {
  std::ifstream log(process_.folder() / "log");
  std::string token;
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("management token")) std::getline(log, token);
  }
  if (token.empty()) throw std::runtime_error("the stand-in printed no management token");
  return token;
}

void ParsecStandIn::Ask(const std::string& fault, const std::string& method) {
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), process_.port()));
  asio::write(socket, asio::buffer("POST /stand-in/" + fault + "?method=" + method +
                                   " HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  if (answer.find(" 200 ") == std::string::npos) throw std::runtime_error("the stand-in took no fault: " + answer);
}

}  // namespace gapless::test

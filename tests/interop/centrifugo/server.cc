#include "tests/interop/centrifugo/server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace gapless::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Only a bound for a server that never answers: nothing is measured with it.
constexpr int kTries = 1'200;
constexpr std::chrono::milliseconds kBetweenTries{50};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::uint16_t FreePort() {
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return acceptor.local_endpoint().port();
}

}  // namespace

CentrifugoServer::CentrifugoServer() {
  std::string folder = (std::filesystem::temp_directory_path() / "gapless-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  folder_ = folder;
  port_ = FreePort();
  auto config = nlohmann::json::parse(
      ReadFile(std::filesystem::path(GAPLESS_SOURCE_DIR) / "tests" / "interop" / "centrifugo" / "config.json"));
  config["http_server"]["port"] = port_;
  std::ofstream(folder_ / "config.json") << config;
  Start();
}

CentrifugoServer::~CentrifugoServer() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string CentrifugoServer::url() const {
  return "ws://127.0.0.1:" + std::to_string(port_) + "/connection/websocket";
}

void CentrifugoServer::Start() {
  const std::string config = (folder_ / "config.json").string();
  const std::string log = (folder_ / "log").string();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execl(GAPLESS_CENTRIFUGO, GAPLESS_CENTRIFUGO, "-c", config.c_str(), nullptr);
    _exit(127);
  }
  for (int tries = 0; tries < kTries; ++tries) {
    if (Answers()) return;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("Centrifugo ended at its start: " + ReadFile(log));
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
  throw std::runtime_error("Centrifugo does not answer: " + ReadFile(log));
}

bool CentrifugoServer::Answers() const {
  try {
    asio::io_context context;
    tcp::socket socket(context);
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port_));
    asio::write(socket, asio::buffer(std::string("GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")));
    std::string answer;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(answer), end);
    return answer.find(" 200 ") != std::string::npos;
  } catch (const boost::system::system_error&) {
    return false;
  }
}

void CentrifugoServer::Kill() { End(SIGKILL); }
void CentrifugoServer::Terminate() { End(SIGTERM); }

void CentrifugoServer::End(int signal) {
  if (pid_ < 0) return;
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace gapless::test

#include "tests/interop/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

namespace gapless::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Only a bound for a server that never answers: nothing is measured with it.
constexpr int kTries = 6'000;
constexpr std::chrono::milliseconds kBetweenTries{10};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

ServerProcess::ServerProcess(std::string greeting, std::string answer)
    : greeting_(std::move(greeting)), answer_(std::move(answer)) {
  std::string folder = (std::filesystem::temp_directory_path() / "gapless-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  folder_ = folder;
}

ServerProcess::~ServerProcess() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ServerProcess::Start() {
  const std::string log = (folder_ / "log").string();
  std::vector<char*> words;
  for (std::string& word : command_) words.push_back(word.data());
  words.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execv(words.front(), words.data());
    _exit(127);
  }
  for (int tries = 0; tries < kTries; ++tries) {
    if (Answers()) return;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error(command_.front() + " ended at its start: " + ReadFile(log));
    }
    std::this_thread::sleep_for(kBetweenTries);
  }
  throw std::runtime_error(command_.front() + " does not answer: " + ReadFile(log));
}

bool ServerProcess::Answers() const {
  try {
    asio::io_context context;
    tcp::socket socket(context);
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port()));
    asio::write(socket, asio::buffer(greeting_));
    std::string answer;
    boost::system::error_code end;
    asio::read(
        socket, asio::dynamic_buffer(answer),
        [&](const boost::system::error_code& error, std::size_t) -> std::size_t {
          return error || answer.find(answer_) != std::string::npos ? 0 : 512;
        },
        end);
    return answer.find(answer_) != std::string::npos;
  } catch (const boost::system::system_error&) {
    return false;  // Not yet.
  }
}

void ServerProcess::Kill() { End(SIGKILL); }
void ServerProcess::Terminate() { End(SIGTERM); }

void ServerProcess::End(int signal) {
  if (pid_ < 0) return;
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace gapless::test

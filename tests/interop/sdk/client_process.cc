#include "tests/interop/sdk/client_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace gapless::test {
namespace {

using nlohmann::json;

// Only a bound for a client that says nothing: nothing is measured with it.
constexpr int kPatienceMs = 60'000;

void Pipe(int& read_end, int& write_end) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  read_end = ends[0];
  write_end = ends[1];
}

}  // namespace

ClientProcess::ClientProcess(const std::string& program) {
  signal(SIGPIPE, SIG_IGN);  // A client that has ended is told by write().
  int its_stdin = -1, its_stdout = -1;
  Pipe(its_stdin, commands_);
  Pipe(events_, its_stdout);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    dup2(its_stdin, STDIN_FILENO);
    dup2(its_stdout, STDOUT_FILENO);
    execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(its_stdin);
  close(its_stdout);
}

ClientProcess::~ClientProcess() {
  close(commands_);
  close(events_);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ClientProcess::Do(json command) {
  const std::string line = command.dump() + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(commands_, rest.data(), rest.size());
    if (written < 0) throw std::runtime_error("the client has ended");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

json ClientProcess::Call(json command) {
  command["call"] = ++calls_;
  Do(command);
  for (;;) {
    json told = Read("answer");
    if (told.at("event") == "answer" && told.value("call", 0) == calls_) return told;
    told_.push_back(std::move(told));
  }
}

json ClientProcess::Wait(const std::string& event) {
  json passed_over = json::array();
  for (;;) {
    json told;
    if (told_.empty()) {
      told = Read(event + ", having told " + passed_over.dump());
    } else {
      told = std::move(told_.front());
      told_.pop_front();
    }
    if (told.at("event") == event) return told;
    passed_over.push_back(std::move(told));
  }
}

bool ClientProcess::HasTold(const std::string& event) const {
  for (const json& told : told_) {
    if (told.at("event") == event) return true;
  }
  return false;
}

json ClientProcess::Read(const std::string& wanted) {
  for (;;) {
    const std::size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      json told = json::parse(unread_.substr(0, end));
      unread_.erase(0, end + 1);
      return told;
    }
    pollfd waiting{.fd = events_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kPatienceMs) <= 0) throw std::runtime_error("the client does not tell of " + wanted);
    std::array<char, 4096> bytes{};
    const ssize_t size = read(events_, bytes.data(), bytes.size());
    if (size <= 0) throw std::runtime_error("the client ended before it told of " + wanted);
    unread_.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace gapless::test

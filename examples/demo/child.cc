#include "examples/demo/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

extern char** environ;

namespace demo {
namespace {

constexpr int kPollMilliseconds = 5;

[[noreturn]] void Throw(int code, const std::string& what) {
  throw std::system_error(code, std::system_category(), what);
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Throw(errno, "making a pipe");
  return {ends[0], ends[1]};
}

/// What posix_spawn has to be told, freed however it ends.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

}  // namespace

Child::Child(const std::vector<std::string>& command, const std::string& error_file) {
  const Pipe commands = MakePipe();
  const Pipe reports = MakePipe();
  command_fd_ = commands.write_end;
  report_fd_ = reports.read_end;
  fcntl(report_fd_, F_SETFL, O_NONBLOCK);

  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.actions, commands.read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.actions, reports.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&settings.actions, STDERR_FILENO, error_file.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0644);
  // The parent ignores SIGPIPE and catches SIGINT; the child begins with neither.
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&settings.attributes, &defaults);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int error =
      posix_spawnp(&pid_, arguments[0], &settings.actions, &settings.attributes, arguments.data(), environ);
  close(commands.read_end);
  close(reports.write_end);
  if (error != 0) {
    close(command_fd_);
    close(report_fd_);
    Throw(error, "starting " + command.front());
  }
}

Child::~Child() {
  Kill();
  close(command_fd_);
  close(report_fd_);
}

void Child::Send(std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  // Commands are few and short, so a pipe never fills with them.
  const ssize_t written = write(command_fd_, bytes.data(), bytes.size());
  if (written < 0 && errno != EPIPE && errno != EINTR) Throw(errno, "writing to a child process");
}

std::vector<std::string> Child::TakeLines() {
  std::vector<std::string> lines;
  char buffer[4096];
  for (;;) {
    const ssize_t count = read(report_fd_, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) Throw(errno, "reading from a child process");
    if (count <= 0) break;
    partial_.append(buffer, static_cast<std::size_t>(count));
  }
  std::size_t begin = 0;
  for (std::size_t end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n', begin)) {
    lines.push_back(partial_.substr(begin, end - begin));
    begin = end + 1;
  }
  partial_.erase(0, begin);
  return lines;
}

std::optional<std::string> Child::Reap(int options) {
  if (ended_) return ended_;
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = waitpid(pid_, &status, options);
  } while (reaped < 0 && errno == EINTR);
  if (reaped < 0) Throw(errno, "waiting for a child process");
  if (reaped == 0) return std::nullopt;
  if (WIFSIGNALED(status)) {
    killed_ = WTERMSIG(status) == SIGKILL;
    ended_ = "signal " + std::to_string(WTERMSIG(status));
  } else {
    ended_ = "exit status " + std::to_string(WEXITSTATUS(status));
  }
  return ended_;
}

std::optional<std::string> Child::Ended() { return Reap(WNOHANG); }

bool Child::Kill() {
  if (Ended()) return false;
  kill(pid_, SIGKILL);
  Reap(0);
  return killed_;
}

std::optional<std::string> Child::AwaitEnd(double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!Ended() && std::chrono::steady_clock::now() < deadline) poll(nullptr, 0, kPollMilliseconds);
  return ended_;
}

std::string OwnPath() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

}  // namespace demo

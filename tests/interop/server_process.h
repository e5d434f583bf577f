#ifndef GAPLESS_TESTS_INTEROP_SERVER_PROCESS_H_
#define GAPLESS_TESTS_INTEROP_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/interop/reserved_port.h"

namespace gapless::test {

/// A server of others that runs beside a test, on a port of its own, in a temporary folder that goes with it. Killed
/// when this goes.
class ServerProcess {
 public:
  /// `greeting` is sent to the port until the answer holds `answer`: then the server is ready.
  ServerProcess(std::string greeting, std::string answer);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_.number(); }
  const std::filesystem::path& folder() const { return folder_; }

  /// What to run, the program's path first.
  void SetCommand(std::vector<std::string> command) { command_ = std::move(command); }
  /// Returns once it is ready, on the same port each time. Throws `std::runtime_error`, with its log, if it ends before
  /// that or never is.
  void Start();
  /// SIGKILL.
  void Kill();
  /// SIGTERM: it ends in good order.
  void Terminate();

 private:
  void End(int signal);
  bool Answers() const;

  const std::string greeting_;
  const std::string answer_;
  std::filesystem::path folder_;
  ReservedPort port_;
  std::vector<std::string> command_;
  pid_t pid_ = -1;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_SERVER_PROCESS_H_

#ifndef GAPLESS_TESTS_INTEROP_CENTRIFUGO_SERVER_H_
#define GAPLESS_TESTS_INTEROP_CENTRIFUGO_SERVER_H_

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace gapless::test {

/// A real Centrifugo on a port of its own, with the configuration of config.json beside this file. Killed when this
/// goes.
class CentrifugoServer {
 public:
  /// Returns once it answers. Throws `std::runtime_error`, with the end of its log, if it does not.
  CentrifugoServer();
  ~CentrifugoServer();
  CentrifugoServer(const CentrifugoServer&) = delete;
  CentrifugoServer& operator=(const CentrifugoServer&) = delete;

  std::string url() const;
  /// SIGKILL: connections break, and with them goes everything that it kept in memory.
  void Kill();
  /// SIGTERM: it closes its connections in good order first.
  void Terminate();
  /// On the same port.
  void Start();

 private:
  void End(int signal);
  bool Answers() const;

  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_CENTRIFUGO_SERVER_H_

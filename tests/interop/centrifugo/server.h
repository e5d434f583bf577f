#ifndef GAPLESS_TESTS_INTEROP_CENTRIFUGO_SERVER_H_
#define GAPLESS_TESTS_INTEROP_CENTRIFUGO_SERVER_H_

#include <cstdint>
#include <string>

#include "tests/interop/server_process.h"

namespace gapless::test {

/// A real Centrifugo, with a configuration of a file beside this one, config.json if nothing else is said. Killed when
/// this goes.
class CentrifugoServer {
 public:
  /// Keeps everything in memory, which goes with the process.
  CentrifugoServer();
  /// One of the nodes that share the Redis at that port of this machine.
  CentrifugoServer(std::uint16_t redis_port, const std::string& node);
  /// Checks tokens, and lets them expire fast: tokens.json.
  struct Tokens {};
  explicit CentrifugoServer(Tokens);

  std::string url() const;
  std::uint16_t port() const { return process_.port(); }
  /// SIGKILL: connections break.
  void Kill() { process_.Kill(); }
  /// SIGTERM: it closes its connections in good order first.
  void Terminate() { process_.Terminate(); }
  /// On the same port.
  void Start() { process_.Start(); }

 private:
  /// `changes`: JSON of what differs from the file.
  CentrifugoServer(const std::string& file, const std::string& changes);

  ServerProcess process_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_CENTRIFUGO_SERVER_H_

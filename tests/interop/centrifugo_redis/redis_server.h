#ifndef GAPLESS_TESTS_INTEROP_CENTRIFUGO_REDIS_REDIS_SERVER_H_
#define GAPLESS_TESTS_INTEROP_CENTRIFUGO_REDIS_REDIS_SERVER_H_

#include <cstdint>

#include "tests/interop/server_process.h"

namespace gapless::test {

/// A real Redis that writes nothing to disk, so that all it has goes with the process. Killed when this goes.
class RedisServer {
 public:
  RedisServer();

  std::uint16_t port() const { return process_.port(); }
  void Kill() { process_.Kill(); }
  /// On the same port.
  void Start() { process_.Start(); }

 private:
  ServerProcess process_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_CENTRIFUGO_REDIS_REDIS_SERVER_H_

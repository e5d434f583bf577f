#ifndef GAPLESS_TESTS_INTEROP_PARSEC_STAND_IN_H_
#define GAPLESS_TESTS_INTEROP_PARSEC_STAND_IN_H_

#include <string>
#include <vector>

#include "tests/interop/server_process.h"

namespace gapless::test {

/// The stand-in for Parsec of the folder server/, with authentication and a signing key that outlives it. Killed when
/// this goes.
class ParsecStandIn {
 public:
  /// More of its command line, as in `{"--access-ttl", "12s"}`.
  explicit ParsecStandIn(const std::vector<std::string>& arguments = {});

  std::string url() const { return "http://127.0.0.1:" + std::to_string(process_.port()); }
  const std::filesystem::path& folder() const { return process_.folder(); }
  /// The management token that it printed at its last start.
  std::string management_token() const;
  /// SIGKILL: connections break, channels are forgotten.
  void Kill() { process_.Kill(); }
  /// On the same port.
  void Start() { process_.Start(); }

  /// The next call of the method is done, and its answer lost.
  void SwallowAnswerOf(const std::string& method) { Ask("swallow", method); }
  /// The next call of the method is not done, and answered with 503.
  void Fail(const std::string& method) { Ask("fail", method); }

 private:
  void Ask(const std::string& fault, const std::string& method);

  ServerProcess process_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_PARSEC_STAND_IN_H_

#ifndef GAPLESS_TESTS_ENGINE_UNDER_TEST_H_
#define GAPLESS_TESTS_ENGINE_UNDER_TEST_H_

#include <cstdlib>
#include <ostream>
#include <stdexcept>
#include <string>

#include "gapless/websocket.h"

namespace gapless {

// Boost.Test names cases by it.
inline std::ostream& operator<<(std::ostream& out, WebSocketEngineKind kind) {
  return out << (kind == WebSocketEngineKind::kBeast ? "beast" : "cpprest");
}

namespace test {

/// The engine that the environment names in GAPLESS_TEST_ENGINE: what is tested with whole clients runs once with each.
inline WebSocketEngineKind EngineUnderTest() {
  const char* variable = std::getenv("GAPLESS_TEST_ENGINE");
  const std::string name = variable == nullptr ? "cpprest" : variable;
  if (name == "beast") return WebSocketEngineKind::kBeast;
  if (name == "cpprest") return WebSocketEngineKind::kCpprest;
  throw std::invalid_argument("GAPLESS_TEST_ENGINE is " + name + "; it must be beast or cpprest");
}

}  // namespace test
}  // namespace gapless

#endif  // GAPLESS_TESTS_ENGINE_UNDER_TEST_H_

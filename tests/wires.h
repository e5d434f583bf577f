#ifndef GAPLESS_TESTS_WIRES_H_
#define GAPLESS_TESTS_WIRES_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "gapless/centrifuge.h"

namespace gapless {

// Boost.Test names cases by it.
inline std::ostream& operator<<(std::ostream& out, Wire wire) {
  return out << (wire == Wire::kSse ? "sse" : wire == Wire::kHttpStream ? "http_stream" : "websocket");
}

namespace test {

/// Where a server on loopback speaks over `wire`.
inline Endpoint EndpointOf(Wire wire, std::uint16_t port) {
  const std::string host = "127.0.0.1:" + std::to_string(port) + "/connection/";
  if (wire == Wire::kWebSocket) return {wire, "ws://" + host + "websocket"};
  return {wire, "http://" + host + (wire == Wire::kSse ? "sse" : "http_stream")};
}

}  // namespace test
}  // namespace gapless

#endif  // GAPLESS_TESTS_WIRES_H_

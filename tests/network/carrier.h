#ifndef GAPLESS_TESTS_NETWORK_CARRIER_H_
#define GAPLESS_TESTS_NETWORK_CARRIER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "gapless/centrifuge.h"
#include "gapless/gapless.h"

namespace gapless::test {

/// What a client is connected over.
struct Carrier {
  Wire wire;
  WebSocketEngineKind engine;
};

/// Such as "sse-beast".
std::string ToString(const Carrier& carrier);

/// All there are. A world has clients over each at once, so that each wire meets each fault without a run of its own.
inline constexpr std::array<Carrier, 6> kCarriers = {{{Wire::kWebSocket, WebSocketEngineKind::kCpprest},
                                                      {Wire::kHttpStream, WebSocketEngineKind::kBeast},
                                                      {Wire::kSse, WebSocketEngineKind::kCpprest},
                                                      {Wire::kWebSocket, WebSocketEngineKind::kBeast},
                                                      {Wire::kHttpStream, WebSocketEngineKind::kCpprest},
                                                      {Wire::kSse, WebSocketEngineKind::kBeast}}};

/// To the server at that port of this machine. Notices soon that the network is dead.
std::shared_ptr<Transport> Over(const Carrier& carrier, std::uint16_t port);
/// Over one wire after another, whenever it fails to connect.
std::shared_ptr<Transport> OverAnyWire(WebSocketEngineKind engine, std::uint16_t port);

/// A client that comes back at once.
std::unique_ptr<Client> HastyClient(std::shared_ptr<Transport> transport, const std::string& id);

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_NETWORK_CARRIER_H_

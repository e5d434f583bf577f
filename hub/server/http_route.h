#ifndef GAPLESS_HUB_SERVER_HTTP_ROUTE_H_
#define GAPLESS_HUB_SERVER_HTTP_ROUTE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace gapless::hub {

/// What matters of the head of an HTTP request.
struct HttpHead {
  std::string method;
  /// Path and query.
  std::string target;
  bool is_upgrade = false;
  std::vector<std::string> subprotocols;
};

enum class Endpoint : std::uint8_t {
  kNone,        ///< Answered with `status` and nothing else.
  kWebSocket,   ///< /connection/websocket
  kHttpStream,  ///< /connection/http_stream: replies as lines of a response without end
  kSse,         ///< /connection/sse: replies as server-sent events
  kEmulation,   ///< /emulation: commands for one of the two
};

/// Where a request goes.
struct Route {
  Endpoint endpoint = Endpoint::kNone;
  /// The HTTP status of the answer where it goes nowhere.
  unsigned status = 200;
  /// One line for people, if refused.
  std::string problem = {};
  /// The subprotocol to agree to, or empty.
  std::string subprotocol = {};
  /// Commands that the query holds, for a stream that was asked for by GET.
  std::string commands = {};
};

/// Takes the Centrifuge JSON protocol. Clients that can only talk Protobuf are refused; subprotocols that mean nothing
/// here are passed over.
Route FindRoute(const HttpHead& head);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_HTTP_ROUTE_H_

#ifndef GAPLESS_WEBSOCKET_H_
#define GAPLESS_WEBSOCKET_H_

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "gapless/transport.h"

namespace gapless {

struct WebSocketOptions {
  /// `ws://` or `wss://`, for Centrifugo usually ending in /connection/websocket.
  std::string url;
  /// Connection token (JWT), or empty.
  std::string token = {};
  /// Application name and version as the server's logs show them.
  std::string name = "gapless";
  std::string version = {};
  /// Custom connect data, raw JSON, or empty.
  std::string connect_data = {};
  /// Extra headers of the upgrade request.
  std::map<std::string, std::string> headers = {};
  /// From the start of an attempt to the server's connect reply.
  std::chrono::milliseconds connect_timeout{10'000};
  /// How much later than announced a server ping may come before the connection counts as dead.
  std::chrono::milliseconds max_ping_delay{10'000};
  /// Ask for publications as deltas to the one before (Fossil's format), where the server has them for a channel. It
  /// saves bytes where payloads are alike, for work on both sides. A delta that does not fit ends the subscription with
  /// an error; the client makes a new one without deltas, which recovers, so nothing is lost.
  bool delta = false;
  /// Largest frame that is sent; commands are batched below it. Centrifugo takes 65,536 bytes by default.
  std::size_t max_frame_bytes = 65'536;
  /// Most bytes received and not yet taken over; above it the connection is dropped as slow and made again.
  std::size_t max_receive_queue_bytes = 64 * 1024 * 1024;
};

/// The Centrifuge protocol (JSON) over WebSocket: Centrifugo, servers built on the centrifuge library, Parsec's
/// receiving side, `HubServer`. Throws `Error(kInvalidArgument)` for options that cannot work.
std::shared_ptr<Transport> WebSocket(WebSocketOptions options);

}  // namespace gapless

#endif  // GAPLESS_WEBSOCKET_H_

#ifndef GAPLESS_CENTRIFUGE_H_
#define GAPLESS_CENTRIFUGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gapless/transport.h"
#include "gapless/websocket.h"

namespace gapless {

/// What carries the Centrifuge protocol.
enum class Wire : std::uint8_t {
  kWebSocket,   ///< The best where nothing is in its way.
  kHttpStream,  ///< A response without end brings messages, requests take commands: passes proxies that know no
                ///< WebSocket.
  kSse,         ///< The same with server-sent events, for proxies that hold back other responses.
};

/// One way to a server.
struct Endpoint {
  Wire wire = Wire::kWebSocket;
  /// `ws://` or `wss://` for a WebSocket, `http://` or `https://` for the others: with Centrifugo usually ending in
  /// /connection/websocket, /connection/http_stream and /connection/sse.
  std::string url;
  /// Where commands go that belong to a stream; empty means /emulation on the stream's host. Not for WebSocket.
  std::string emulation_url = {};
};

/// The Centrifuge protocol (JSON) over the first of `endpoints` that works. Each attempt to connect tries one, in this
/// order; one over which the server has answered is kept, until it fails to connect. So a stream of messages survives
/// a proxy that suddenly stops WebSockets: it goes on over the next wire, from its place.
///
/// `options` are those of `WebSocket`, whose `url` is not used. Over HTTP each batch of commands is a request and waits
/// for the one before, and a command may take half of `max_frame_bytes`, as it is quoted. The server must have these
/// wires switched on (Centrifugo: `http_stream.enabled`, `sse.enabled`).
///
/// Throws `Error(kInvalidArgument)` for no endpoint, and for options and URLs that cannot work.
std::shared_ptr<Transport> Centrifuge(std::vector<Endpoint> endpoints, WebSocketOptions options = {});

}  // namespace gapless

#endif  // GAPLESS_CENTRIFUGE_H_

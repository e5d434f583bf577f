#ifndef GAPLESS_WEBSOCKET_H_
#define GAPLESS_WEBSOCKET_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "gapless/tls.h"
#include "gapless/transport.h"

namespace gapless {

/// Which library makes the connections of a transport, WebSockets and requests over HTTP. Whatever the choice, all
/// promises are the same.
enum class WebSocketEngineKind : std::uint8_t {
  /// cpprestsdk. Two threads for each WebSocket, and a pool for requests. It gives 5 s each to resolving, connecting,
  /// TLS and the upgrade of a WebSocket, whatever `connect_timeout` is above that, and does not tell with which status
  /// a server refused the upgrade. Each request has a connection of its own.
  kCpprest,
  /// Boost.Beast. One thread for the WebSockets of a transport and one for its requests, less work for each message,
  /// the status of a refused upgrade in the error, connections that serve several requests, and the options below that
  /// are marked with its name.
  kBeast,
};

/// The most that single steps of an attempt to connect may take, within `WebSocketOptions::connect_timeout` for all of
/// it; 0 for no limit of its own, at most 24 hours.
struct ConnectStepTimeouts {
  std::chrono::milliseconds resolve{0};
  /// For each address of the host. They are tried one after another, so a limit lets an attempt pass over a dead one.
  std::chrono::milliseconds connect{0};
  std::chrono::milliseconds tls{0};
  std::chrono::milliseconds upgrade{0};
};

struct WebSocketOptions {
  /// `ws://` or `wss://`, for Centrifugo usually ending in /connection/websocket.
  std::string url;
  /// Connection token (JWT), or empty. With `get_token`, only the first: later ones are fetched.
  std::string token = {};
  /// Fetches a connection token, for instance by a request to the application's own server. Called before the first
  /// attempt if `token` is empty; ahead of the expiry that the server announces (a tenth of the time left before it,
  /// 10 s at most), so that the connection lasts; and before the next attempt once the server has called a token
  /// expired or invalid. What it returned is used until then.
  ///
  /// It may block, throw, and call anything of the library. It is called on a thread of its own, never twice at the
  /// same time, and not after the client was closed; a call under way then is waited for two seconds, and what it
  /// returns later is dropped. An attempt waits for it as long as `connect_timeout`; one that takes longer serves the
  /// next.
  ///
  /// An empty token connects without one (servers may know anonymous users); where the server has called the last token
  /// expired, or wants a connection refreshed, it means that this user may not go on, and ends the connection for good
  /// with kUnauthorized. `Error(kUnauthorized)` thrown does so always. Any other exception is reported as kHandlerThrew
  /// and tried again: with the reconnect policy's delays while connecting, after 5 to 10 s while connected.
  std::function<std::string()> get_token = {};
  /// Fetches the subscription token (JWT) of a channel, before it is subscribed to and as `get_token` does ahead of its
  /// expiry or after the server has called it expired; remembered over reconnections. The same rules hold, on another
  /// thread, with these differences: failures concern the subscription and are reported to it; an empty token
  /// subscribes without one (so return it for channels that need none), except where the server has called the last
  /// one expired or asks for a new one; refreshing is tried again after 10 to 20 s; and a subscription that has waited
  /// three seconds for its first token is refused for now and tried again later, with what was fetched meanwhile.
  std::function<std::string(const std::string& channel)> get_subscription_token = {};
  /// Application name and version as the server's logs show them.
  std::string name = "gapless";
  std::string version = {};
  /// Custom connect data, raw JSON, or empty.
  std::string connect_data = {};
  /// Extra headers of the upgrade request.
  std::map<std::string, std::string> headers = {};
  /// Headers inside the connect command, which Centrifugo (from version 6) hands to the application's server as if the
  /// upgrade request had carried them.
  std::map<std::string, std::string> connect_headers = {};
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
  WebSocketEngineKind engine = WebSocketEngineKind::kCpprest;
  /// For `wss://` only, also among the endpoints of `Centrifuge`.
  TlsOptions tls = {};
  /// `kBeast` only.
  ConnectStepTimeouts step_timeouts = {};
  /// Offers compression (permessage-deflate) to the server; it costs both sides time and memory. `kBeast` only.
  bool compression = false;
};

/// The Centrifuge protocol (JSON) over WebSocket: Centrifugo, servers built on the centrifuge library, Parsec's
/// receiving side, `HubServer`. Throws `Error(kInvalidArgument)` for options that cannot work, files of `tls` that
/// cannot be used among them. A server whose certificate is refused is tried again, as one that cannot be reached: the
/// error that `Client::OnStateChange` gets says why.
std::shared_ptr<Transport> WebSocket(WebSocketOptions options);

}  // namespace gapless

#endif  // GAPLESS_WEBSOCKET_H_

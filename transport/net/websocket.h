#ifndef GAPLESS_TRANSPORT_NET_WEBSOCKET_H_
#define GAPLESS_TRANSPORT_NET_WEBSOCKET_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/tls.h"

namespace gapless::net {

/// What one WebSocket connection is made from.
struct WebSocketRequest {
  /// Has passed `CheckWebSocketUrl`.
  std::string url;
  /// Have passed `CheckUpgradeHeader`.
  std::map<std::string, std::string> headers;
  std::vector<std::string> subprotocols;
  /// For `wss://`.
  TlsOptions tls = {};
};

/// How a connection ended.
struct WebSocketEnd {
  enum class Cause : std::uint8_t {
    kConnectFailed,    ///< It was never open: refused, unreachable, no WebSocket there.
    kClosedByPeer,     ///< The peer sent a close frame; `code` and `reason` are its.
    kLost,             ///< It ended without a close frame.
    kMessageTooLarge,  ///< The peer sent more than the engine takes as one message.
    kPeerViolation,    ///< The peer broke the WebSocket protocol, or sent text that is not UTF-8.
  };
  Cause cause = Cause::kLost;
  /// 0 where there was no close frame.
  std::uint16_t code = 0;
  std::string reason;
  /// The engine's own words, for messages.
  std::string detail;
};

/// Takes what a connection reports, on threads of the engine. `OnOpen`, `OnMessage` and `OnEnd` come one at a time
/// and in this order; `OnSent` may come beside and after them. An exception that leaves one ends the connection.
class WebSocketEvents {
 public:
  virtual ~WebSocketEvents() = default;
  virtual void OnOpen() = 0;
  /// One whole message. While this has not returned, nothing more is taken from the socket: that is the
  /// receiver's means of pushing back.
  virtual void OnMessage(std::string message) = 0;
  /// The engine has taken over what `Send` gave it, and takes the next. Bytes may still be in memory: what is
  /// delivered, only the peer's answers tell.
  virtual void OnSent() = 0;
  /// The last report, after every message that had arrived.
  virtual void OnEnd(const WebSocketEnd& end) = 0;
};

/// One connection, for one attempt. Thread-safe. No member waits, and none reports before it returns.
class WebSocketConnection {
 public:
  enum class Farewell : std::uint8_t {
    kPolite,  ///< Close with code 1000, and let the peer answer in the background.
    kAbrupt,  ///< As fast as the engine can: the peer is thought dead or broken.
  };

  /// Hangs up abruptly where nobody has yet.
  virtual ~WebSocketConnection() = default;
  /// Sends one text message, not empty. Allowed once it is open, and again after each `OnSent`.
  virtual void Send(std::string message) = 0;
  /// Ends the connection. Nothing more is reported, save a report under way.
  virtual void HangUp(Farewell farewell) = 0;
};

/// Makes connections. It keeps no time beyond what its library imposes: whoever connects arms a timer of its own
/// and hangs up.
class WebSocketEngine {
 public:
  virtual ~WebSocketEngine() = default;
  /// Begins an attempt. Throws `Error(kConnectFailed)` where none can even begin.
  virtual std::unique_ptr<WebSocketConnection> Connect(const WebSocketRequest& request,
                                                       std::weak_ptr<WebSocketEvents> events) = 0;
};

/// No engine takes a longer message; it ends the connection instead.
inline constexpr std::size_t kMaxIncomingBytes = 32'000'000;

/// The engine on cpprestsdk. Its limits: 5 s each for resolving, connecting, TLS, the upgrade and the close; the status
/// of a refused upgrade is not known; two threads for each connection; what is sent waits in memory without a bound.
std::shared_ptr<WebSocketEngine> CpprestWebSocketEngine();

struct BeastOptions {
  /// The most that each step of a connection may take; 0 for no limit of its own. `connect` counts for each address of
  /// the host, one after another.
  std::chrono::milliseconds resolve_timeout{0};
  std::chrono::milliseconds connect_timeout{0};
  std::chrono::milliseconds tls_timeout{0};
  std::chrono::milliseconds upgrade_timeout{0};
  /// How long a polite end waits for the peer's answer in the background. More than 0.
  std::chrono::milliseconds close_timeout{5'000};
  /// For HTTP: how long a connection waits for another request. Less than servers wait, 5 s and more, so that hardly a
  /// request goes into a connection that is just being closed, of which nobody would know whether it arrived. More
  /// than 0.
  std::chrono::milliseconds keep_time{3'000};
  /// Offers permessage-deflate to the server.
  bool compression = false;
};

/// The engine on Boost.Beast: one thread for all its connections, begun with the first. `OnSent` comes once the
/// system has the message, so a peer that does not read is noticed; the status of a refused upgrade is in the detail of
/// the end. A listener that does not return holds up the other connections of the engine, too.
std::shared_ptr<WebSocketEngine> BeastWebSocketEngine(const BeastOptions& options = {});

/// Throws `Error(kInvalidArgument)` unless it is `ws://` or `wss://` with a host, without user and fragment, and
/// of characters that a URL may hold.
void CheckWebSocketUrl(std::string_view url);

/// Throws `Error(kInvalidArgument)` unless the files can be used for connections.
void CheckTlsOptions(const TlsOptions& options);

/// Throws `Error(kInvalidArgument)` for a header that would end its line, is not a header, or belongs to the
/// upgrade itself.
void CheckUpgradeHeader(std::string_view name, std::string_view value);

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_WEBSOCKET_H_

#ifndef GAPLESS_HUB_SERVER_CONNECTION_H_
#define GAPLESS_HUB_SERVER_CONNECTION_H_

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gapless/hub.h"
#include "hub/core.h"
#include "hub/server/codes.h"
#include "hub/server/mailbox.h"
#include "hub/server/stream_sessions.h"

namespace gapless::hub {

/// One accepted socket: first its requests, then the talk that one of them began. All of it lives on the thread that
/// runs the socket's executor; only a talk's mailbox is reached from others.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Whether it is a talk and no close has begun.
  virtual bool open() const = 0;
  /// Writes what waits, then closes with `reason`; cuts if that takes too long.
  virtual void Close(CloseReason reason) = 0;
  /// Ends at once, without a goodbye.
  virtual void Cut() = 0;
  virtual bool EndSubscription(const std::string& channel, std::uint32_t code, std::string_view reason) = 0;
};

/// What all connections of a server share.
struct ConnectionContext {
  HubServerOptions options;
  std::shared_ptr<Hub::Core> core;
  std::shared_ptr<PushEncoder> encoder;
  std::shared_ptr<StreamSessions> streams;
  /// Called for each talk, before the connection that it came of ends.
  std::function<void(std::shared_ptr<Connection>)> on_begin;
  /// Called once per connection, when it has left the hub.
  std::function<void(Connection*)> on_end;
};

/// `context` must outlive the connection; `random` is its own.
std::shared_ptr<Connection> StartConnection(boost::asio::ip::tcp::socket socket, const ConnectionContext& context,
                                            std::uint64_t random);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_CONNECTION_H_

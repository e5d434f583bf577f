#ifndef GAPLESS_TRANSPORT_NET_BEAST_WIRE_H_
#define GAPLESS_TRANSPORT_NET_BEAST_WIRE_H_

#include <memory>
#include <string>

#include "transport/net/audience.h"
#include "transport/net/io_thread.h"
#include "transport/net/websocket.h"

namespace gapless::net {

/// The side of one connection of Beast's engine that lives on its io thread.
class BeastWire : public Wire {
 public:
  /// Throws `Error(kConnectFailed)` where the request's files cannot be read.
  static std::shared_ptr<BeastWire> Make(std::shared_ptr<IoThread> io, const BeastOptions& options,
                                         const WebSocketRequest& request, std::shared_ptr<Audience> audience);

  // All on the thread.
  virtual void Start() = 0;
  virtual void Write(std::string message) = 0;
  /// Once, after `Audience::Leave`.
  virtual void HangUp(WebSocketConnection::Farewell farewell) = 0;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_BEAST_WIRE_H_

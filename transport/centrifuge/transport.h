#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_TRANSPORT_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_TRANSPORT_H_

#include <memory>

#include "gapless/runtime.h"
#include "gapless/websocket.h"
#include "transport/centrifuge/settings.h"
#include "transport/net/websocket.h"

namespace gapless::centrifuge {

std::shared_ptr<Transport> MakeTransport(Settings settings, std::shared_ptr<net::WebSocketEngine> engine,
                                         std::shared_ptr<Runtime> runtime);

/// `WebSocket`, with its sockets and its time from elsewhere.
std::shared_ptr<Transport> MakeTransport(const WebSocketOptions& options, std::shared_ptr<net::WebSocketEngine> engine,
                                         std::shared_ptr<Runtime> runtime);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_TRANSPORT_H_

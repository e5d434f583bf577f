#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_FALLBACK_ENGINE_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_FALLBACK_ENGINE_H_

#include <memory>
#include <string>
#include <vector>

#include "transport/net/websocket.h"

namespace gapless::centrifuge {

/// One way to the server.
struct Way {
  std::shared_ptr<net::WebSocketEngine> engine;
  std::string url;
};

/// Tries the ways (at least one) in their order, one for each attempt to connect, until one works: from then on that
/// one, until it fails to connect. A way works once a message came over it, or a close frame: then it is the server
/// that refuses.
std::shared_ptr<net::WebSocketEngine> FallbackEngine(std::vector<Way> ways);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_FALLBACK_ENGINE_H_

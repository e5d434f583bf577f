#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_EMULATION_ENGINE_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_EMULATION_ENGINE_H_

#include <chrono>
#include <memory>
#include <string>

#include "gapless/runtime.h"
#include "transport/centrifuge/emulation.h"
#include "transport/net/http.h"
#include "transport/net/websocket.h"

namespace gapless::centrifuge {

struct EmulationOptions {
  StreamFormat format = StreamFormat::kLines;
  /// Where commands go.
  std::string emulation_url;
  /// For the head of the stream, and for each request.
  std::chrono::milliseconds timeout{10'000};
};

/// Carries what a WebSocket would carry over HTTP, for whom the difference does not matter: the URL of a request is the
/// stream's. One request with commands is under way at a time, as servers do not keep the order of several; `OnSent`
/// comes with its answer. `OnOpen` comes at once: a server answers only once it was sent something.
///
///   what happens                            | what is reported
///   ----------------------------------------+-------------------------------------------------------
///   the stream cannot be had, or not by 200 | kConnectFailed, with the status
///   the stream ends                         | kLost
///   a request fails, or is answered 404     | kLost: the session is gone
///   a request is answered 413               | closed by the peer with 1009, as a WebSocket would be
///   a message is too long                   | kMessageTooLarge
std::shared_ptr<net::WebSocketEngine> EmulationEngine(std::shared_ptr<net::HttpEngine> http,
                                                      std::shared_ptr<Runtime> runtime, EmulationOptions options);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_EMULATION_ENGINE_H_

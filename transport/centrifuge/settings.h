#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_SETTINGS_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_SETTINGS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "gapless/websocket.h"
#include "transport/centrifuge/connection.h"
#include "transport/centrifuge/token_fetcher.h"
#include "transport/net/http.h"
#include "transport/net/websocket.h"

namespace gapless::centrifuge {

/// Options that have been found to work, in the form in which they are used.
struct Settings {
  net::WebSocketRequest request;
  Connection::Options connection;
  /// The first connection token, or empty, and where others come from.
  std::string token;
  TokenFetcher::Sources tokens;
  std::size_t max_message_bytes;
  std::size_t max_receive_queue_bytes;
};

/// Throws `Error(kInvalidArgument)` that names the option. The URL, whose kind depends on the engine, is for the caller
/// to check.
Settings SettingsFrom(const WebSocketOptions& options);

/// Throws `Error(kInvalidArgument)` if there are TLS options and nothing that they could be for. `whose` names the
/// options that hold them.
void CheckTlsFor(const std::string& url, const TlsOptions& tls, const std::string& whose = "WebSocketOptions");

/// The engine that the options, which have been found to work, ask for.
std::shared_ptr<net::WebSocketEngine> WebSocketEngineFor(const WebSocketOptions& options);
/// The same for what goes over HTTP.
std::shared_ptr<net::HttpEngine> HttpEngineFor(WebSocketEngineKind kind, const ConnectStepTimeouts& steps = {});

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_SETTINGS_H_

// `Centrifuge`: the transport over one of several wires.

#include <algorithm>
#include <utility>

#include "gapless/centrifuge.h"
#include "transport/centrifuge/emulation_engine.h"
#include "transport/centrifuge/fallback_engine.h"
#include "transport/centrifuge/transport.h"
#include "transport/net/address.h"

namespace gapless {
namespace {

void CheckEndpoint(const Endpoint& endpoint, const WebSocketOptions& options) {
  centrifuge::CheckTlsFor(endpoint.url, options.tls);
  if (endpoint.wire == Wire::kWebSocket) {
    net::CheckWebSocketUrl(endpoint.url);
    if (endpoint.emulation_url.empty()) return;
    throw Error(Errc::kInvalidArgument, "Endpoint::emulation_url is for kHttpStream and kSse only");
  }
  net::CheckHttpUrl(endpoint.url);
  if (!endpoint.emulation_url.empty()) net::CheckHttpUrl(endpoint.emulation_url);
  for (const auto& [name, value] : options.headers) net::CheckHttpHeader(name, value);
}

}  // namespace

std::shared_ptr<Transport> Centrifuge(std::vector<Endpoint> endpoints, WebSocketOptions options) {
  if (endpoints.empty()) throw Error(Errc::kInvalidArgument, "Centrifuge needs at least one endpoint");
  const auto runtime = ThreadedRuntime();
  const auto http = centrifuge::HttpEngineFor(options.engine, options.step_timeouts);
  std::vector<centrifuge::Way> ways;
  bool quoted = false;
  for (const Endpoint& endpoint : endpoints) {
    CheckEndpoint(endpoint, options);
    if (endpoint.wire == Wire::kWebSocket) {
      ways.push_back({centrifuge::WebSocketEngineFor(options), endpoint.url});
      continue;
    }
    quoted = true;
    centrifuge::EmulationOptions emulation{
        .format = endpoint.wire == Wire::kSse ? centrifuge::StreamFormat::kEvents : centrifuge::StreamFormat::kLines,
        .emulation_url =
            endpoint.emulation_url.empty() ? net::OriginOf(endpoint.url) + "/emulation" : endpoint.emulation_url,
        .timeout = options.connect_timeout};
    ways.push_back({centrifuge::EmulationEngine(http, runtime, std::move(emulation)), endpoint.url});
  }
  // The limit must hold over whichever wire comes to be used.
  if (quoted) options.max_frame_bytes = centrifuge::CommandsThatFit(options.max_frame_bytes);
  options.url = endpoints.front().url;
  return centrifuge::MakeTransport(centrifuge::SettingsFrom(options), centrifuge::FallbackEngine(std::move(ways)),
                                   runtime);
}

}  // namespace gapless

#include "hub/server/http_route.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "hub/server/query.h"

namespace gapless::hub {
namespace {

constexpr std::string_view kWebSocketPath = "/connection/websocket";
constexpr std::string_view kHttpStreamPath = "/connection/http_stream";
constexpr std::string_view kSsePath = "/connection/sse";
constexpr std::string_view kEmulationPath = "/emulation";
constexpr std::string_view kJson = "centrifuge-json";
constexpr std::string_view kProtobuf = "centrifuge-protobuf";

Route Refused(unsigned status, std::string problem) { return {.status = status, .problem = std::move(problem)}; }

/// Nothing if it is not well-formed.
std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

bool WantsProtobuf(std::string_view query) {
  return QueryParameter(query, "format") == "protobuf" || QueryParameter(query, "cf_protocol") == "protobuf";
}

Route ToWebSocket(const HttpHead& head, std::string_view query) {
  if (!head.is_upgrade) return Refused(400, "this is a WebSocket; send an upgrade request of version 13");
  const auto offers = [&](std::string_view name) {
    return std::find(head.subprotocols.begin(), head.subprotocols.end(), name) != head.subprotocols.end();
  };
  if (WantsProtobuf(query) || (offers(kProtobuf) && !offers(kJson))) {
    return Refused(400, "the hub talks JSON only; offer " + std::string(kJson) + " or no subprotocol");
  }
  Route route{.endpoint = Endpoint::kWebSocket};
  if (offers(kJson)) route.subprotocol = kJson;
  return route;
}

Route ToSse(const HttpHead& head, std::string_view query) {
  if (head.method == "POST") return {.endpoint = Endpoint::kSse};
  if (head.method != "GET") return Refused(405, "ask for the stream by GET or POST");
  const auto commands = QueryParameter(query, "cf_connect");
  auto decoded = PercentDecoded(commands.value_or(std::string_view()));
  if (!decoded || decoded->empty()) return Refused(400, "cf_connect must hold the connect command, percent-encoded");
  return {.endpoint = Endpoint::kSse, .commands = std::move(*decoded)};
}

}  // namespace

Route FindRoute(const HttpHead& head) {
  const std::string_view target = head.target;
  const std::string_view path = PathOf(target);
  const std::string_view query = QueryOf(target);
  if (path == kWebSocketPath) return ToWebSocket(head, query);
  const bool stream = path == kHttpStreamPath;
  if (!stream && path != kSsePath && path != kEmulationPath) {
    return Refused(404, "nothing here; the hub is at " + std::string(kWebSocketPath));
  }
  if (head.method == "OPTIONS") return Refused(204, {});
  if (path == kSsePath) return ToSse(head, query);
  if (head.method != "POST") return Refused(405, "commands come by POST");
  if (WantsProtobuf(query)) return Refused(400, "the hub talks JSON only");
  return {.endpoint = stream ? Endpoint::kHttpStream : Endpoint::kEmulation};
}

}  // namespace gapless::hub

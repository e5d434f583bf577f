#include "hub/server/upgrade.h"

#include <algorithm>
#include <string_view>

namespace gapless::hub {
namespace {

constexpr std::string_view kPath = "/connection/websocket";
constexpr std::string_view kJson = "centrifuge-json";
constexpr std::string_view kProtobuf = "centrifuge-protobuf";

bool HasParameter(std::string_view query, std::string_view parameter) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    if (query.substr(0, end) == parameter) return true;
    if (end == std::string_view::npos) return false;
    query.remove_prefix(end + 1);
  }
  return false;
}

Upgrade Refused(unsigned status, std::string problem) {
  return {.status = status, .problem = std::move(problem), .subprotocol = {}};
}

}  // namespace

Upgrade JudgeUpgrade(const UpgradeRequest& request) {
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  const std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  if (target.substr(0, mark) != kPath) return Refused(404, "nothing here; the hub is at " + std::string(kPath));
  if (!request.is_upgrade) return Refused(400, "this is a WebSocket; send an upgrade request of version 13");
  const auto offers = [&](std::string_view name) {
    return std::find(request.subprotocols.begin(), request.subprotocols.end(), name) != request.subprotocols.end();
  };
  if (HasParameter(query, "format=protobuf") || HasParameter(query, "cf_protocol=protobuf") ||
      (offers(kProtobuf) && !offers(kJson))) {
    return Refused(400, "the hub talks JSON only; offer " + std::string(kJson) + " or no subprotocol");
  }
  Upgrade accepted;
  if (offers(kJson)) accepted.subprotocol = kJson;
  return accepted;
}

}  // namespace gapless::hub

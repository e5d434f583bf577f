#ifndef GAPLESS_HUB_SERVER_UPGRADE_H_
#define GAPLESS_HUB_SERVER_UPGRADE_H_

#include <string>
#include <vector>

namespace gapless::hub {

/// What matters of an HTTP request that wants to become a WebSocket.
struct UpgradeRequest {
  /// Path and query.
  std::string target;
  bool is_upgrade = false;
  std::vector<std::string> subprotocols;
};

inline constexpr unsigned kSwitchingProtocols = 101;

struct Upgrade {
  /// The HTTP status of the answer.
  unsigned status = kSwitchingProtocols;
  /// One line for people, if refused.
  std::string problem;
  /// The subprotocol to agree to, or empty.
  std::string subprotocol;
};

/// Takes the Centrifuge JSON protocol at /connection/websocket. Clients that can only talk Protobuf are refused;
/// subprotocols that mean nothing here are passed over.
Upgrade JudgeUpgrade(const UpgradeRequest& request);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_UPGRADE_H_

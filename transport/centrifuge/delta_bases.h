#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_DELTA_BASES_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_DELTA_BASES_H_

#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "gapless/transport.h"

namespace gapless::centrifuge {

/// The subscriptions of one connection whose publications come as deltas, each with the payload that the next delta
/// is made from.
///
/// Bases end with the connection: after a resubscribe the server sends a full payload first. One that sends a delta
/// to what was there before is found out, and asked again without deltas.
class DeltaBases {
 public:
  /// The server agreed to send deltas, or did not.
  void Begin(const std::string& channel, bool negotiated);
  void Forget(const std::string& channel) { bases_.erase(channel); }
  /// A delta could not be used: until the end of the connection the channel is subscribed without them.
  void GiveUp(const std::string& channel);
  bool GivenUp(const std::string& channel) const { return given_up_.contains(channel); }

  /// Puts the payload in the place of the text that holds it or its delta; where no deltas were negotiated, nothing is
  /// touched. Throws `Error(kProtocol)` for what cannot be decoded.
  void Decode(const std::string& channel, bool is_delta, Publication& publication);

 private:
  /// None until the first full payload.
  std::unordered_map<std::string, std::optional<std::string>> bases_;
  std::set<std::string> given_up_;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_DELTA_BASES_H_

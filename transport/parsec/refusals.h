#ifndef GAPLESS_TRANSPORT_PARSEC_REFUSALS_H_
#define GAPLESS_TRANSPORT_PARSEC_REFUSALS_H_

#include <cstdint>
#include <map>
#include <string>

#include "gapless/transport.h"

namespace gapless::parsec {

/// Sees through what Parsec has against subscriptions: not open, no token, a token that is expired, revoked or of
/// another channel all come as one temporary error 100. Pure.
///
/// Counts those that a channel gets in a row on one connection. The last of them is made final; before, it may be that
/// somebody opens the channel, or that a token is renewed.
class SubscribeRefusals {
 public:
  /// `limit` is at least 1.
  explicit SubscribeRefusals(std::uint32_t limit) : limit_(limit) {}

  void ConnectionBegins() { in_a_row_.clear(); }
  void Accepted(const std::string& channel) { in_a_row_.erase(channel); }
  /// Whether it is such an error; then it says more afterwards.
  bool Judge(const std::string& channel, ErrorReply& refusal);

 private:
  const std::uint32_t limit_;
  std::map<std::string, std::uint32_t> in_a_row_;
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_REFUSALS_H_

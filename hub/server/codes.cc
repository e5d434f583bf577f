#include "hub/server/codes.h"

namespace gapless::hub {
namespace {

std::string_view TextOf(Disconnect code) noexcept {
  switch (code) {
    case Disconnect::kShutdown:
      return "shutdown";
    case Disconnect::kInternalError:
      return "internal server error";
    case Disconnect::kConnectionExpired:
      return "connection expired";
    case Disconnect::kSubscriptionExpired:
      return "subscription expired";
    case Disconnect::kSlow:
      return "slow";
    case Disconnect::kNoPong:
      return "no pong";
    case Disconnect::kInvalidToken:
      return "invalid token";
    case Disconnect::kBadRequest:
      return "bad request";
    case Disconnect::kStale:
      return "stale";
    case Disconnect::kInappropriateProtocol:
      return "inappropriate protocol";
    case Disconnect::kNotAvailable:
      return "not available";
  }
  return "";
}

}  // namespace

CloseReason ReasonOf(Disconnect code) { return {static_cast<std::uint16_t>(code), std::string(TextOf(code))}; }

ErrorText ErrorTextOf(std::uint32_t code) noexcept {
  switch (code) {
    case 103:
      return {"permission denied"};
    case 105:
      return {"already subscribed"};
    case 106:
      return {"limit exceeded"};
    case 107:
      return {"bad request"};
    case 108:
      return {"not available"};
    case 109:
      return {"token expired"};
    case 110:
      return {"expired"};
    case 112:
      return {"unrecoverable position"};
    default:
      return {"internal server error", true};
  }
}

}  // namespace gapless::hub

#ifndef GAPLESS_HUB_SERVER_CODES_H_
#define GAPLESS_HUB_SERVER_CODES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace gapless::hub {

/// Why the server closes a connection: the WebSocket close code. Clients come back after 3000–3499 and stay
/// away after 3500–3999.
enum class Disconnect : std::uint16_t {
  kShutdown = 3001,
  kInternalError = 3004,
  kConnectionExpired = 3005,
  kSubscriptionExpired = 3006,
  kSlow = 3008,
  kNoPong = 3012,
  kInvalidToken = 3500,
  kBadRequest = 3501,
  kStale = 3502,
  kInappropriateProtocol = 3506,
  kNotAvailable = 3508,
};

/// The end of one subscription that the server pushes. Clients resubscribe at once from 2500 on.
inline constexpr std::uint32_t kInsufficientState = 2500;
inline constexpr std::uint32_t kSubscriptionOver = 2501;

struct CloseReason {
  std::uint16_t code = 0;
  std::string reason;
  friend bool operator==(const CloseReason&, const CloseReason&) = default;
};

/// `code` with the text that Centrifuge servers send along.
CloseReason ReasonOf(Disconnect code);

struct ErrorText {
  std::string_view message;
  bool temporary = false;
};
/// What an error reply says for an error number; unknown numbers read as 100.
ErrorText ErrorTextOf(std::uint32_t code) noexcept;

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_CODES_H_

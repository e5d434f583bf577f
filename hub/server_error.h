#ifndef GAPLESS_HUB_SERVER_ERROR_H_
#define GAPLESS_HUB_SERVER_ERROR_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "gapless/error.h"

namespace gapless::hub {

/// The Centrifuge error numbers that the hub gives.
enum class ServerCode : std::uint32_t {
  kInternal = 100,
  kPermissionDenied = 103,
  kAlreadySubscribed = 105,
  kLimitExceeded = 106,
  kBadRequest = 107,
  kNotAvailable = 108,
  kTokenExpired = 109,
  kExpired = 110,
  kUnrecoverablePosition = 112,
};

/// An `Error` that carries `code` as its `server_code()`.
Error ServerError(ServerCode code, const std::string& message, std::string_view channel);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_ERROR_H_

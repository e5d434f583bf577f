#include "hub/server_error.h"

namespace gapless::hub {
namespace {

Errc ErrcOf(ServerCode code) noexcept {
  switch (code) {
    case ServerCode::kInternal:
      return Errc::kInternal;
    case ServerCode::kPermissionDenied:
      return Errc::kPermissionDenied;
    case ServerCode::kAlreadySubscribed:
      return Errc::kAlreadySubscribed;
    case ServerCode::kLimitExceeded:
      return Errc::kServerRefused;
    case ServerCode::kBadRequest:
      return Errc::kInvalidArgument;
    case ServerCode::kNotAvailable:
      return Errc::kNotSupported;
    case ServerCode::kTokenExpired:
    case ServerCode::kExpired:
      return Errc::kUnauthorized;
    case ServerCode::kUnrecoverablePosition:
      return Errc::kUnrecoverable;
  }
  return Errc::kInternal;
}

}  // namespace

Error ServerError(ServerCode code, const std::string& message, std::string_view channel) {
  return Error(ErrcOf(code), message)
      .WithChannel(std::string(channel))
      .WithServerCode(static_cast<std::uint32_t>(code));
}

}  // namespace gapless::hub

#ifndef GAPLESS_TRANSPORT_PARSEC_CODES_H_
#define GAPLESS_TRANSPORT_PARSEC_CODES_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gapless/transport.h"
#include "transport/net/http.h"

namespace gapless::parsec {

/// What follows from a refused call.
enum class Refusal : std::uint8_t {
  kFinal,         ///< The same call will be refused again.
  kTemporary,     ///< It may succeed later.
  kUnauthorized,  ///< It may succeed with another token.
  kNoChannel,     ///< The channel is unknown or closed; it may succeed once it is open.
};

/// One code of Twirp, and Parsec's code that it stands for: Parsec's own do not cross the wire.
struct TwirpCode {
  std::string_view name;
  /// Empty: none.
  std::string_view parsec;
  Errc errc;
  Refusal refusal;
};

/// One of Parsec's codes that do cross the wire: at the beginning of the text of an `internal` error.
struct InternalCode {
  std::string_view parsec;
  Refusal refusal;
};

std::span<const TwirpCode> TwirpCodes();
std::span<const InternalCode> InternalCodes();

struct Refused {
  Error error;
  Refusal refusal = Refusal::kFinal;
};

/// What an answer other than 200 means, whoever it is from: Parsec, or a proxy in front of it. `call` names what was
/// refused, as in "publish".
Refused RefusalFrom(const net::HttpResponse& response, std::string_view call);
/// The same for a call without an answer.
Refused FailureFrom(const Error& failure, std::string_view call);

/// An error's own words, without those of its code.
std::string WordsOf(const Error& error);

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_CODES_H_

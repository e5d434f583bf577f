#include "transport/parsec/codes.h"

#include <algorithm>
#include <array>

#include "envelope/quoted.h"
#include "transport/parsec/twirp.h"

namespace gapless::parsec {
namespace {

constexpr std::array kTwirpCodes = {
    TwirpCode{"invalid_argument", "PARSEC_INVALID_ARGUMENT", Errc::kServerRefused, Refusal::kFinal},
    TwirpCode{"malformed", "PARSEC_INVALID_ARGUMENT", Errc::kServerRefused, Refusal::kFinal},
    TwirpCode{"out_of_range", "PARSEC_INVALID_ARGUMENT", Errc::kServerRefused, Refusal::kFinal},
    TwirpCode{"not_found", "PARSEC_CHANNEL_NOT_FOUND", Errc::kServerRefused, Refusal::kNoChannel},
    TwirpCode{"already_exists", "PARSEC_CHANNEL_EXISTS", Errc::kServerRefused, Refusal::kFinal},
    TwirpCode{"failed_precondition", "PARSEC_CHANNEL_CLOSED", Errc::kServerRefused, Refusal::kNoChannel},
    TwirpCode{"permission_denied", "PARSEC_AUTH_DENIED", Errc::kPermissionDenied, Refusal::kFinal},
    TwirpCode{"unauthenticated", "PARSEC_AUTH_EXPIRED", Errc::kUnauthorized, Refusal::kUnauthorized},
    TwirpCode{"unavailable", "PARSEC_BROKER_NOT_READY", Errc::kServerRefused, Refusal::kTemporary},
    TwirpCode{"resource_exhausted", "PARSEC_RATE_LIMITED", Errc::kServerRefused, Refusal::kTemporary},
    TwirpCode{"internal", "PARSEC_INTERNAL", Errc::kServerRefused, Refusal::kTemporary},
    TwirpCode{"bad_route", "", Errc::kNotSupported, Refusal::kFinal},
    TwirpCode{"unimplemented", "", Errc::kNotSupported, Refusal::kFinal},
    TwirpCode{"deadline_exceeded", "", Errc::kServerRefused, Refusal::kTemporary},
    TwirpCode{"canceled", "", Errc::kServerRefused, Refusal::kTemporary},
    TwirpCode{"aborted", "", Errc::kServerRefused, Refusal::kTemporary},
    TwirpCode{"unknown", "", Errc::kServerRefused, Refusal::kTemporary},
    TwirpCode{"dataloss", "", Errc::kServerRefused, Refusal::kFinal},
};

constexpr std::array kInternalCodes = {
    InternalCode{"PARSEC_BROKER_INTERNAL", Refusal::kTemporary},
    InternalCode{"PARSEC_INTERNAL", Refusal::kTemporary},
    // A server that is set up wrongly answers like one that is ill, and goes on to until somebody mends it.
    InternalCode{"PARSEC_SINK_CONFIG_INVALID", Refusal::kFinal},
};

constexpr std::uint16_t kUnauthorized = 401;
constexpr std::uint16_t kForbidden = 403;
constexpr std::uint16_t kRequestTimeout = 408;
constexpr std::uint16_t kTooManyRequests = 429;

template <typename Codes, typename Name>
auto Find(const Codes& codes, std::string_view name, Name of) -> decltype(codes.data()) {
  const auto found = std::find_if(codes.begin(), codes.end(), [&](const auto& code) { return of(code) == name; });
  return found == codes.end() ? nullptr : &*found;
}

/// `PARSEC_…` at the beginning of a text, or nothing.
std::string_view LeadingCode(std::string_view text) {
  if (!text.starts_with("PARSEC_")) return {};
  const std::size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
  return text.substr(0, end);
}

// By status alone: the answer is not Twirp's.
Refused Foreign(const net::HttpResponse& response, const std::string& begin) {
  const std::uint16_t status = response.status;
  const std::string text = begin + " with HTTP status " + std::to_string(status);
  if (status == kUnauthorized) return {Error(Errc::kUnauthorized, text), Refusal::kUnauthorized};
  if (status == kForbidden) return {Error(Errc::kPermissionDenied, text), Refusal::kFinal};
  if (status >= 500 || status == kTooManyRequests || status == kRequestTimeout) {
    return {Error(Errc::kServerRefused, text), Refusal::kTemporary};
  }
  if (status >= 300 && status < 400) {
    return {Error(Errc::kProtocol, text + ": redirects are not followed; ParsecOptions::url must be the server's own"),
            Refusal::kFinal};
  }
  return {Error(Errc::kProtocol, text + ", and not as a Parsec does: is there one at ParsecOptions::url?"),
          Refusal::kFinal};
}

}  // namespace

std::span<const TwirpCode> TwirpCodes() { return kTwirpCodes; }
std::span<const InternalCode> InternalCodes() { return kInternalCodes; }

Refused RefusalFrom(const net::HttpResponse& response, std::string_view call) {
  const std::string begin = "the server refused the " + std::string(call);
  const auto said = ReadTwirpError(response.body);
  const TwirpCode* code = nullptr;
  if (said) code = Find(TwirpCodes(), said->code, [](const TwirpCode& each) { return each.name; });
  Refused refused = Foreign(response, begin);
  if (code != nullptr) {
    std::string_view parsec = code->parsec;
    Refusal refusal = code->refusal;
    const std::string_view leading = LeadingCode(said->msg);
    if (!leading.empty()) parsec = leading;
    const auto* internal_code = Find(InternalCodes(), leading, [](const InternalCode& each) { return each.parsec; });
    if (internal_code != nullptr) refusal = internal_code->refusal;
    std::string text = begin + " with " + std::string(code->name);
    if (!parsec.empty()) text += " (" + internal::QuotedExcerpt(parsec) + ")";
    if (!said->msg.empty()) text += " " + internal::QuotedExcerpt(said->msg);
    refused = {Error(code->errc, text), refusal};
  }
  refused.error.WithServerCode(response.status);
  return refused;
}

Refused FailureFrom(const Error& failure, std::string_view call) {
  return {Error(failure.errc(), "the " + std::string(call) + " got no answer that can be used: " + WordsOf(failure)),
          Refusal::kTemporary};
}

std::string WordsOf(const Error& error) {
  std::string words = error.what();
  const std::string tail = ": " + error.code().message();
  if (words.ends_with(tail)) words.resize(words.size() - tail.size());
  return words;
}

}  // namespace gapless::parsec

#include "transport/centrifuge/codes.h"

#include <algorithm>
#include <array>
#include <string>

#include "envelope/quoted.h"

namespace gapless::centrifuge {
namespace {

constexpr std::array kErrorCodes = {
    Code{100, "internal server error", Errc::kServerRefused, true},
    Code{101, "unauthorized", Errc::kUnauthorized, false},
    Code{102, "unknown channel", Errc::kServerRefused, false},
    Code{103, "permission denied", Errc::kPermissionDenied, false},
    Code{104, "method not found", Errc::kNotSupported, false},
    Code{105, "already subscribed", Errc::kServerRefused, false},
    Code{106, "limit exceeded", Errc::kServerRefused, false},
    Code{107, "bad request", Errc::kServerRefused, false},
    Code{108, "not available", Errc::kNotSupported, false},
    Code{109, "token expired", Errc::kUnauthorized, false},
    Code{110, "expired", Errc::kUnauthorized, false},
    Code{111, "too many requests", Errc::kServerRefused, true},
    Code{112, "unrecoverable position", Errc::kUnrecoverable, false},
    Code{113, "concurrent pagination", Errc::kServerRefused, true},
};

constexpr std::array kDisconnectCodes = {
    // One of our frames is above the server's limit; the same would be sent again.
    Code{1009, "message size limit exceeded", Errc::kTooLarge, false},
    Code{3000, "connection closed", Errc::kConnectionLost, true},
    Code{3001, "shutdown", Errc::kConnectionLost, true},
    Code{3004, "internal server error", Errc::kConnectionLost, true},
    Code{3005, "connection expired", Errc::kUnauthorized, true},
    Code{3006, "subscription expired", Errc::kUnauthorized, true},
    Code{3008, "slow", Errc::kSlowConsumer, true},
    Code{3009, "write error", Errc::kConnectionLost, true},
    Code{3010, "insufficient state", Errc::kConnectionLost, true},
    Code{3011, "force reconnect", Errc::kConnectionLost, true},
    Code{3012, "no pong", Errc::kConnectionLost, true},
    Code{3013, "too many requests", Errc::kConnectionLost, true},
    Code{3014, "state invalidated", Errc::kConnectionLost, true},
    Code{3500, "invalid token", Errc::kUnauthorized, false},
    Code{3501, "bad request", Errc::kProtocol, false},
    Code{3502, "stale", Errc::kServerRefused, false},
    Code{3503, "force disconnect", Errc::kServerRefused, false},
    Code{3504, "connection limit", Errc::kServerRefused, false},
    Code{3505, "channel limit", Errc::kServerRefused, false},
    Code{3506, "inappropriate protocol", Errc::kProtocol, false},
    Code{3507, "permission denied", Errc::kPermissionDenied, false},
    Code{3508, "not available", Errc::kNotSupported, false},
    Code{3509, "too many errors", Errc::kServerRefused, false},
};

constexpr std::array kUnsubscribeCodes = {
    Code{2000, "server unsubscribe", Errc::kServerRefused, false},
    Code{2500, "insufficient state", Errc::kUnrecoverable, true},
    Code{2501, "subscription expired", Errc::kUnauthorized, true},
    Code{2502, "state invalidated", Errc::kUnrecoverable, true},
};

// Below this, an error is one that the other side made up for a request that never got an answer.
constexpr std::uint32_t kFirstServerError = 100;
constexpr std::uint32_t kFirstResubscribe = 2500;

const Code* Find(std::span<const Code> codes, std::uint32_t number) {
  const auto found =
      std::find_if(codes.begin(), codes.end(), [number](const Code& code) { return code.number == number; });
  return found == codes.end() ? nullptr : &*found;
}

// Servers may use numbers of their own, from 4000 on with the same halves as the protocol's.
bool MayReconnect(std::uint32_t code) {
  const bool terminal = (code >= 3500 && code < 4000) || (code >= 4500 && code < 5000);
  return !terminal;
}

/// ` with 103 "permission denied"`, with the server's own words where it has some.
std::string Naming(std::uint32_t number, std::string_view words, const Code* code) {
  std::string text = " with " + std::to_string(number);
  if (!words.empty()) return text + " " + internal::QuotedExcerpt(words);
  return code == nullptr ? text : text + " (" + std::string(code->name) + ")";
}

std::string Advice(std::uint32_t disconnect_code) {
  switch (disconnect_code) {
    case 1009:
      return "; a frame was larger than the server allows: lower WebSocketOptions::max_frame_bytes to its limit";
    case 3008:
      return "; it had more waiting for us than it keeps: subscribe to less, or raise the server's queue";
    case 3500:
      return "; check WebSocketOptions::token, or what get_token and get_subscription_token return";
    default:
      return {};
  }
}

}  // namespace

std::span<const Code> ErrorCodes() { return kErrorCodes; }
std::span<const Code> DisconnectCodes() { return kDisconnectCodes; }
std::span<const Code> UnsubscribeCodes() { return kUnsubscribeCodes; }

ErrorReply RefusalFrom(const ServerError& error, std::string_view what) {
  const Code* code = Find(kErrorCodes, error.code);
  const bool temporary = error.temporary || error.code < kFirstServerError || (code != nullptr && code->again);
  return {Error(code == nullptr ? Errc::kServerRefused : code->errc,
                "the server refused the " + std::string(what) + Naming(error.code, error.message, code))
              .WithServerCode(error.code),
          temporary};
}

DisconnectedEvent ConnectRefusalFrom(const ServerError& error) {
  ErrorReply refusal = RefusalFrom(error, "connection");
  return {std::move(refusal.error), refusal.temporary};
}

DisconnectedEvent DisconnectFrom(std::uint32_t code, std::string_view reason) {
  const Code* known = Find(kDisconnectCodes, code);
  const bool again = known == nullptr ? MayReconnect(code) : known->again;
  const Errc errc = known != nullptr ? known->errc : again ? Errc::kConnectionLost : Errc::kServerRefused;
  return {
      Error(errc, "the server closed the connection" + Naming(code, reason, known) + Advice(code)).WithServerCode(code),
      again};
}

SubscriptionEndedEvent UnsubscribeFrom(const UnsubscribePush& push) {
  const Code* code = Find(kUnsubscribeCodes, push.code);
  return {push.channel,
          Error(code == nullptr ? Errc::kServerRefused : code->errc,
                "the server ended the subscription" + Naming(push.code, push.reason, code))
              .WithChannel(push.channel)
              .WithServerCode(push.code),
          push.code >= kFirstResubscribe};
}

}  // namespace gapless::centrifuge

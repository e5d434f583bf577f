#ifndef GAPLESS_TRANSPORT_PARSEC_TWIRP_H_
#define GAPLESS_TRANSPORT_PARSEC_TWIRP_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/parsec.h"

namespace gapless::parsec {

// Requests and answers of Parsec's RPC as bytes. Requests use snake_case; answers are read in snake_case and in
// lowerCamelCase, with 64-bit integers as numbers or as text. Fields that we do not know are skipped; what has a wrong
// type, appears twice or is missing where it must not be throws `Error(kProtocol)` without the answer's bytes, which
// may hold tokens.

/// The path of a method below the server's URL.
std::string TwirpPath(std::string_view method);

std::string PublishBody(const std::string& channel, std::string_view data);
std::string NameBody(const std::string& channel);
std::string OpenPublicBody(const std::string& channel, std::chrono::seconds ttl);
std::string CreatePrivateBody(const std::string& channel, std::chrono::seconds ttl, const std::string& subject,
                              const std::vector<ParsecScope>& scopes);
std::string RefreshTokenBody(const std::string& refresh_token);
std::string IssueMgmtBody(const std::string& subject, std::chrono::seconds ttl);

Position ReadPublish(std::string_view answer);
ParsecChannel ReadChannel(std::string_view answer);
std::vector<ParsecChannel> ReadChannels(std::string_view answer);
ParsecTokens ReadCreatePrivate(std::string_view answer);
/// A server that does not rotate leaves the refresh token out; then `old` keeps its own.
ParsecTokens ReadRefreshToken(std::string_view answer, const ParsecTokens& old);
std::string ReadIssueMgmt(std::string_view answer);
/// Takes the descriptor itself, as /manifest serves it. Another major version throws `Error(kNotSupported)`.
ParsecManifest ReadManifest(std::string_view descriptor);

struct TwirpError {
  std::string code;
  std::string msg;
};
/// Nothing unless it is one.
std::optional<TwirpError> ReadTwirpError(std::string_view answer);

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_TWIRP_H_

#include "hub/server/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace gapless::hub {
namespace {

// Keeps the members of `info` in their order.
using Json = nlohmann::ordered_json;

constexpr std::size_t kSha256Bytes = 32;
/// Far beyond any clock, and far from where sums of seconds overflow.
constexpr UnixSeconds kEndOfTime = UnixSeconds{1} << 40;

/// A claim has a type that it may not have.
struct WrongClaim {};

std::string Base64Url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// None unless `text` is what `Base64Url` makes of the result: two spellings of one token would be two tokens to
/// whoever compares them.
std::optional<std::string> FromBase64Url(std::string_view text) {
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  const std::size_t padding = (4 - padded.size() % 4) % 4;
  if (padding == 3) return std::nullopt;
  padded.append(padding, '=');
  std::string bytes(padded.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(padded.data()), static_cast<int>(padded.size()));
  if (length < 0 || static_cast<std::size_t>(length) != bytes.size()) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  if (Base64Url(bytes) != text) return std::nullopt;
  return bytes;
}

std::string Signature(std::string_view text, std::string_view secret) {
  std::array<unsigned char, kSha256Bytes> digest{};
  unsigned length = 0;
  const bool done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  if (!done || length != digest.size()) throw std::runtime_error("OpenSSL cannot make an HMAC of a token");
  return std::string(digest.begin(), digest.end());
}

std::optional<Json> ObjectIn(std::string_view part) {
  const std::optional<std::string> text = FromBase64Url(part);
  if (!text) return std::nullopt;
  Json object = Json::parse(*text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

/// Null for a claim that is missing or says `null`.
const Json* Find(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  return found == claims.end() || found->is_null() ? nullptr : &*found;
}

std::string TextOf(const Json& claim) {
  if (!claim.is_string()) throw WrongClaim{};
  return claim.get<std::string>();
}

std::optional<UnixSeconds> TimeIn(const Json& claims, const char* name) {
  const Json* const claim = Find(claims, name);
  if (claim == nullptr) return std::nullopt;
  if (!claim->is_number()) throw WrongClaim{};
  const double seconds = claim->get<double>();
  if (!std::isfinite(seconds)) throw WrongClaim{};
  const double bound = static_cast<double>(kEndOfTime);
  return static_cast<UnixSeconds>(std::clamp(std::floor(seconds), -bound, bound));
}

std::variant<TokenClaims, TokenProblem> Judge(const Json& claims, UnixSeconds now) {
  TokenClaims result;
  if (const Json* const user = Find(claims, "sub")) result.user = TextOf(*user);
  if (const Json* const info = Find(claims, "info")) result.info = info->dump();
  if (const Json* const channel = Find(claims, "channel")) result.channel = TextOf(*channel);
  if (const Json* const channels = Find(claims, "channels")) {
    if (!channels->is_array()) throw WrongClaim{};
    for (const Json& channel : *channels) result.channels.push_back(TextOf(channel));
  }
  const auto expires = TimeIn(claims, "exp");
  const auto not_before = TimeIn(claims, "nbf");
  const auto expire_at = TimeIn(claims, "expire_at");
  if ((expires && *expires <= now) || (not_before && now < *not_before)) return TokenProblem::kExpired;
  result.expires_at = expires;
  if (expire_at) {
    result.expires_at = *expire_at == 0 ? std::nullopt : expire_at;
    if (*expire_at != 0 && *expire_at <= now) return TokenProblem::kOver;
  }
  return result;
}

}  // namespace

std::string SignToken(std::string_view header, std::string_view claims, std::string_view secret) {
  const std::string text = Base64Url(header) + '.' + Base64Url(claims);
  return text + '.' + Base64Url(Signature(text, secret));
}

std::variant<TokenClaims, TokenProblem> VerifyToken(std::string_view token, std::string_view secret, UnixSeconds now) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return TokenProblem::kInvalid;
  const std::optional<std::string> signature = FromBase64Url(token.substr(last + 1));
  const std::string expected = Signature(token.substr(0, last), secret);
  if (!signature || signature->size() != expected.size() ||
      CRYPTO_memcmp(signature->data(), expected.data(), expected.size()) != 0) {
    return TokenProblem::kInvalid;
  }
  const std::optional<Json> header = ObjectIn(token.substr(0, first));
  const std::optional<Json> claims = ObjectIn(token.substr(first + 1, last - first - 1));
  if (!header || !claims) return TokenProblem::kInvalid;
  const Json* const algorithm = Find(*header, "alg");
  if (algorithm == nullptr || *algorithm != "HS256") return TokenProblem::kInvalid;
  try {
    return Judge(*claims, now);
  } catch (const WrongClaim&) {
    return TokenProblem::kInvalid;
  }
}

}  // namespace gapless::hub

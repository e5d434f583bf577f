#include <nlohmann/json.hpp>
#include <string>

#include "gapless/error.h"
#include "gapless/hub_token.h"
#include "hub/server/token.h"

namespace gapless {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t Seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

Json InfoOf(const HubTokenClaims& claims) {
  Json info = Json::parse(claims.info, /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (info.is_discarded()) throw Error(Errc::kInvalidArgument, "HubTokenClaims::info must be one JSON value, or empty");
  return info;
}

}  // namespace

std::string MintHubToken(std::string_view secret, const HubTokenClaims& claims) {
  if (secret.empty()) throw Error(Errc::kInvalidArgument, "a token that is signed with no secret proves nothing");
  Json json = {{"sub", claims.user}};
  if (claims.expires) json["exp"] = Seconds(*claims.expires);
  if (claims.expire_at) json["expire_at"] = Seconds(*claims.expire_at);
  if (!claims.info.empty()) json["info"] = InfoOf(claims);
  if (!claims.channel.empty()) json["channel"] = claims.channel;
  if (!claims.channels.empty()) json["channels"] = claims.channels;
  try {
    return hub::SignToken(R"({"alg":"HS256","typ":"JWT"})", json.dump(), secret);
  } catch (const nlohmann::json::exception&) {
    throw Error(Errc::kInvalidArgument, "the texts of HubTokenClaims must be UTF-8");
  }
}

}  // namespace gapless

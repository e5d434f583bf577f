// What a Parsec server, or whoever answers in its place, says to a call: as the answer of each method, and as a
// refusal.

#include "transport/parsec/twirp.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/fuzz/target.h"
#include "transport/parsec/codes.h"

namespace gapless::fuzz {
namespace {

// Words around an excerpt of the server's own, whose bytes may take several each.
constexpr std::size_t kLongestText = 2'000;

template <typename Read>
auto Try(const Read& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error& error) {
    Require(error.errc() == Errc::kProtocol || error.errc() == Errc::kNotSupported, "what is no answer says so");
    Require(error.raw().empty(), "an error does not keep what may be a token");
    Require(std::string_view(error.what()).size() < kLongestText, "an error is short");
    return std::nullopt;
  }
}

void ReadTokens(std::string_view answer) {
  const auto tokens = Try([&] { return parsec::ReadCreatePrivate(answer); });
  if (!tokens) return;
  Require(!tokens->access.empty(), "tokens hold one for access");
  const std::string again = nlohmann::json{
      {"access_token", tokens->access},
      {"refresh_token", tokens->refresh},
      {"access_expires_unix", std::to_string(tokens->access_expires)},
      {"refresh_expires_unix",
       tokens->refresh_expires}}.dump();
  Require(parsec::ReadCreatePrivate(again) == *tokens, "tokens are read again the same");
  const ParsecTokens old{"a", "r", 1, 2};
  const ParsecTokens renewed = parsec::ReadRefreshToken(answer, old);
  Require(renewed.access == tokens->access, "an exchange brings what was sent");
  Require(renewed.refresh == (tokens->refresh.empty() ? "r" : tokens->refresh),
          "a refresh token is kept until another");
}

void ReadRefusals(std::string_view answer) {
  for (const std::uint16_t status : {200, 302, 400, 401, 403, 404, 429, 500, 503}) {
    const parsec::Refused refused = parsec::RefusalFrom({status, {}, std::string(answer)}, "publish");
    Require(refused.error.server_code() == status, "a refusal keeps its status");
    Require(std::string_view(refused.error.what()).size() < kLongestText, "a refusal is short");
  }
}

}  // namespace

void TestOneInput(std::string_view input) {
  if (const auto position = Try([&] { return parsec::ReadPublish(input); })) {
    const std::string again = nlohmann::json{{"offset", position->offset}, {"epoch", position->epoch}}.dump();
    Require(parsec::ReadPublish(again) == *position, "a position is read again the same");
  }
  ReadTokens(input);
  if (const auto channel = Try([&] { return parsec::ReadChannel(input); })) parsec::NameBody(channel->name);
  Try([&] { return parsec::ReadChannels(input); });
  Try([&] { return parsec::ReadIssueMgmt(input); });
  if (const auto manifest = Try([&] { return parsec::ReadManifest(input); })) {
    Require(nlohmann::json::parse(manifest->payload).is_object(), "a manifest's payload is one object");
  }
  ReadRefusals(input);
}

}  // namespace gapless::fuzz

#include "hub/server/token.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "gapless/hub_token.h"
#include "tests/unit/thrown_error.h"

namespace {

using namespace gapless;
using namespace gapless::hub;

constexpr UnixSeconds kNow = 1'000'000;
constexpr std::string_view kSecret = "test-secret";
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";

std::string Text(const std::variant<TokenClaims, TokenProblem>& verdict) {
  if (const auto* const problem = std::get_if<TokenProblem>(&verdict)) {
    return *problem == TokenProblem::kInvalid ? "invalid" : *problem == TokenProblem::kExpired ? "expired" : "over";
  }
  const TokenClaims& claims = std::get<TokenClaims>(verdict);
  std::string text = "user=" + claims.user;
  if (!claims.info.empty()) text += " info=" + claims.info;
  if (claims.channel) text += " channel=" + *claims.channel;
  for (const std::string& channel : claims.channels) text += " also=" + channel;
  if (claims.expires_at) text += " until=" + std::to_string(*claims.expires_at);
  return text;
}

std::string VerdictOn(std::string_view claims, std::string_view header = kHeader) {
  return Text(VerifyToken(SignToken(header, claims, kSecret), kSecret, kNow));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(token)

// A well-known example of the format: the signature comes out as everybody's does.
BOOST_AUTO_TEST_CASE(S10_ATokenOfAnotherImplementationIsRead) {
  const std::string token =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
      "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
      "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
  BOOST_TEST(Text(VerifyToken(token, "your-256-bit-secret", kNow)) == "user=1234567890");
  BOOST_TEST(Text(VerifyToken(token, "your-256-bit-secreT", kNow)) == "invalid");
}

BOOST_AUTO_TEST_CASE(S10_ClaimsAreJudged) {
  const struct {
    const char* claims;
    const char* verdict;
  } cases[] = {
      {R"({})", "user="},
      {R"({"sub":null,"exp":null})", "user="},
      {R"({"sub":"ada","other":[1,{}]})", "user=ada"},
      {R"({"sub":"ada","info":{"z":1,"a":"x"},"channel":"$c"})", R"(user=ada info={"z":1,"a":"x"} channel=$c)"},
      {R"({"channels":["a","b"]})", "user= also=a also=b"},
      {R"({"exp":1000001})", "user= until=1000001"},
      {R"({"exp":1000000})", "expired"},
      {R"({"exp":0})", "expired"},
      {R"({"exp":-5})", "expired"},
      {R"({"exp":1000001.9})", "user= until=1000001"},
      {R"({"exp":18446744073709551615})", "user= until=1099511627776"},
      {R"({"exp":1e300})", "user= until=1099511627776"},
      {R"({"exp":-1e300})", "expired"},
      {R"({"nbf":1000001})", "expired"},
      {R"({"nbf":1000000})", "user="},
      {R"({"exp":1000009,"expire_at":0})", "user="},
      {R"({"exp":1000009,"expire_at":1000002})", "user= until=1000002"},
      {R"({"exp":1000009,"expire_at":999999})", "over"},
      {R"({"exp":999999,"expire_at":1000009})", "expired"},
  };
  for (const auto& test : cases) BOOST_TEST(VerdictOn(test.claims) == test.verdict, test.claims);
}

BOOST_AUTO_TEST_CASE(S10_HostileTokensAreInvalid) {
  const char* const claims[] = {
      "",
      "null",
      "[]",
      "{",
      R"({"sub":1})",
      R"({"sub":["a"]})",
      R"({"exp":"1000001"})",
      R"({"exp":true})",
      R"({"exp":1e400})",
      R"({"expire_at":{}})",
      R"({"nbf":[]})",
      R"({"channel":7})",
      R"({"channels":"a"})",
      R"({"channels":[1]})",
      "{\"sub\":\"\xFF\"}",
  };
  for (const char* const text : claims) BOOST_TEST(VerdictOn(text) == "invalid", text);
  const std::string deep = "{\"info\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  BOOST_TEST(VerdictOn(deep.substr(0, deep.size() - 2)) == "invalid");

  const char* const headers[] = {"",
                                 "{}",
                                 R"({"alg":"none"})",
                                 R"({"alg":"HS512"})",
                                 R"({"alg":"hs256"})",
                                 R"({"alg":["HS256"]})",
                                 R"({"alg":null})",
                                 "\"HS256\""};
  for (const char* const header : headers) BOOST_TEST(VerdictOn("{}", header) == "invalid", header);

  const std::string good = SignToken(kHeader, R"({"sub":"a"})", kSecret);
  const std::string unsigned_part = good.substr(0, good.rfind('.'));
  const std::string texts[] = {"",
                               ".",
                               "..",
                               "...",
                               "a",
                               unsigned_part,
                               unsigned_part + ".",
                               good + "=",
                               good + "A",
                               good + ".",
                               " " + good,
                               good + "\n",
                               "." + good,
                               good.substr(0, good.size() - 1),
                               std::string(1'000'000, '.'),
                               std::string(1'000'000, 'A')};
  for (const std::string& text : texts) {
    BOOST_TEST(Text(VerifyToken(text, kSecret, kNow)) == "invalid", text.substr(0, 200));
  }
  // No byte of it can be another.
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    BOOST_TEST(Text(VerifyToken(changed, kSecret, kNow)) == "invalid", changed);
  }
  BOOST_TEST(Text(VerifyToken(good, kSecret, kNow)) == "user=a");
}

BOOST_AUTO_TEST_CASE(MintedTokensSayWhatTheyWereAskedTo) {
  using std::chrono::seconds;
  using std::chrono::system_clock;
  const auto at = [](UnixSeconds time) { return system_clock::time_point(seconds{time}); };
  const auto verdict = [](const HubTokenClaims& claims) {
    return Text(VerifyToken(MintHubToken(kSecret, claims), kSecret, kNow));
  };
  BOOST_TEST(verdict({}) == "user=");
  BOOST_TEST(verdict({.user = "ada", .expires = at(kNow + 5), .info = R"({"z":1,"a":2})"}) ==
             R"(user=ada info={"z":1,"a":2} until=1000005)");
  BOOST_TEST(verdict({.expires = at(kNow + 5), .expire_at = at(0), .channel = "$c"}) == "user= channel=$c");
  BOOST_TEST(verdict({.expires = at(kNow - 5)}) == "expired");
  BOOST_TEST(verdict({.channels = {"a", "b"}}) == "user= also=a also=b");

  const int invalid = test::Number(Errc::kInvalidArgument);
  BOOST_TEST(test::CodeOf([] { MintHubToken("", {}); }) == invalid);
  BOOST_TEST(test::CodeOf([] { MintHubToken("s", {.info = "{"}); }) == invalid);
  BOOST_TEST(test::CodeOf([] { MintHubToken("s", {.user = "\xFF"}); }) == invalid);
}

BOOST_AUTO_TEST_SUITE_END()

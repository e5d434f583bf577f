#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "gapless/hub_token.h"
#include "tests/unit/hub/session_talk.h"

namespace {

using namespace gapless;
using namespace std::chrono_literals;
using gapless::test::Lines;
using gapless::test::Talk;

const std::string kSecret = "secret";

/// Sessions here take the clock's zero for the epoch of Unix, and begin an hour later.
HubTokenClaims For(const std::string& user, std::chrono::seconds life = {}, const std::string& channel = {}) {
  HubTokenClaims claims{.user = user, .channel = channel};
  if (life.count() != 0) claims.expires = std::chrono::system_clock::time_point(1h + life);
  return claims;
}

std::string Token(const HubTokenClaims& claims) { return MintHubToken(kSecret, claims); }

HubServerOptions Checking() {
  HubServerOptions options{.ping_interval = 0ms};
  options.token_hmac_secret = kSecret;
  options.expired_close_delay = 3s;
  options.expired_sub_close_delay = 2s;
  return options;
}

struct CheckedTalk : Talk {
  CheckedTalk() : Talk(Checking()) {}

  Lines Connect(const std::string& token) { return Say(R"({"id":1,"connect":{"token":")" + token + "\"}}"); }
  Lines Subscribe(const std::string& channel, const std::string& token) {
    const std::string member = token.empty() ? "" : R"(,"token":")" + token + "\"";
    return Say(R"({"id":2,"subscribe":{"channel":")" + channel + "\"" + member + "}}");
  }
  Lines Refresh(const std::string& token) { return Say(R"({"id":3,"refresh":{"token":")" + token + "\"}}"); }
  Lines SubRefresh(const std::string& channel, const std::string& token) {
    return Say(R"({"id":4,"sub_refresh":{"channel":")" + channel + R"(","token":")" + token + "\"}}");
  }
};

Lines ErrorLine(int id, int code, const std::string& message) {
  return {R"({"id":)" + std::to_string(id) + R"(,"error":{"code":)" + std::to_string(code) + R"(,"message":")" +
          message + "\"}}"};
}

bool Contains(const Lines& lines, const std::string& part) {
  return lines.size() == 1 && lines.front().find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_tokens)

BOOST_AUTO_TEST_CASE(S10_ConnectingTakesAGoodTokenOfAConnection) {
  struct Case {
    std::string name, token;
    std::uint16_t closed;
    Lines answer;
  };
  const HubTokenClaims over{.user = "u", .expires = {}, .expire_at = std::chrono::system_clock::time_point(1min)};
  const Case cases[] = {
      {"none", "", 3501, {}},
      {"nonsense", "a.b.c", 3500, {}},
      {"of another secret", MintHubToken("other", For("u")), 3500, {}},
      {"of a subscription", Token(For("u", 0s, "c")), 3500, {}},
      {"expired", Token(For("u", -1s)), 0, ErrorLine(1, 109, "token expired")},
      {"over", Token(over), 0, ErrorLine(1, 110, "expired")},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      CheckedTalk talk;
      BOOST_TEST(talk.Connect(test.token) == test.answer, boost::test_tools::per_element());
      BOOST_TEST(talk.CloseCode() == test.closed);
      // A client that was refused and stays is not heard any more.
      BOOST_TEST(talk.Connect(Token(For("u"))).empty());
      talk.After(10s);
      BOOST_TEST(talk.CloseCode() == (test.closed == 0 ? 3502 : test.closed));
    }
  }
}

BOOST_AUTO_TEST_CASE(S10_TheTokenSaysWhoIsPresentAndForHowLong) {
  CheckedTalk talk;
  HubTokenClaims claims = For("ada", 60s);
  claims.info = R"({"name":"Ada"})";
  BOOST_TEST(Contains(talk.Connect(Token(claims)), R"("version":"gapless hub","expires":true,"ttl":60)"));
  BOOST_TEST(talk.Subscribe("c", "").size() == 1U);
  const Lines presence = talk.Say(R"({"id":3,"presence":{"channel":"c"}})");
  const Lines expected{
      R"({"id":3,"presence":{"presence":{"CLIENT":{"user":"ada","client":"CLIENT","conn_info":{"name":"Ada"}}}}})"};
  BOOST_TEST(presence == expected, boost::test_tools::per_element());

  CheckedTalk lasting;
  BOOST_TEST(!Contains(lasting.Connect(Token(For("ada"))), "expires"));
  BOOST_TEST(!lasting.session->NextDeadline().has_value());
}

BOOST_AUTO_TEST_CASE(S11_AConnectionThatIsNotRefreshedEndsAfterTheGrace) {
  CheckedTalk talk;
  talk.Connect(Token(For("ada", 10s)));
  talk.After(7s);
  const Lines refreshed{R"({"id":3,"refresh":{"expires":true,"ttl":13}})"};
  BOOST_TEST(talk.Refresh(Token(For("ada", 20s))) == refreshed, boost::test_tools::per_element());
  talk.After(15s + 999ms);
  BOOST_TEST(talk.CloseCode() == 0);
  BOOST_TEST((talk.session->NextDeadline() == talk.now + 1ms));
  talk.After(1ms);
  BOOST_TEST(talk.CloseCode() == 3005);
}

BOOST_AUTO_TEST_CASE(S11_ARefreshTakesAGoodTokenOfTheSameUser) {
  struct Case {
    std::string name, token;
    std::uint16_t closed;
  };
  const Case cases[] = {{"none", "", 3501},
                        {"nonsense", "a.b.c", 3500},
                        {"of another user", Token(For("eve")), 3500},
                        {"of a subscription", Token(For("ada", 0s, "c")), 3500},
                        {"expired", Token(For("ada", -1s)), 3005}};
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      CheckedTalk talk;
      talk.Connect(Token(For("ada", 10s)));
      BOOST_TEST(talk.Refresh(test.token).empty());
      BOOST_TEST(talk.CloseCode() == test.closed);
    }
  }
  CheckedTalk talk;
  talk.Connect(Token(For("ada", 10s)));
  const Lines for_ever{R"({"id":3,"refresh":{}})"};
  BOOST_TEST(talk.Refresh(Token(For("ada"))) == for_ever, boost::test_tools::per_element());
  BOOST_TEST(!talk.session->NextDeadline().has_value());
}

BOOST_AUTO_TEST_CASE(S10_SubscribingTakesAGoodTokenOfUserAndChannel) {
  struct Case {
    std::string name, channel, token;
    std::uint16_t closed;
    Lines answer;
  };
  const Case cases[] = {
      {"private, none", "$p", "", 0, ErrorLine(2, 103, "permission denied")},
      {"nonsense", "$p", "a.b.c", 0, ErrorLine(2, 103, "permission denied")},
      {"nonsense where none is needed", "c", "a.b.c", 0, ErrorLine(2, 103, "permission denied")},
      {"of a connection", "$p", Token(For("ada")), 0, ErrorLine(2, 103, "permission denied")},
      {"expired", "$p", Token(For("ada", -1s, "$p")), 0, ErrorLine(2, 109, "token expired")},
      {"of another channel", "$p", Token(For("ada", 9s, "$q")), 3500, {}},
      {"of another user", "$p", Token(For("eve", 9s, "$p")), 3500, {}},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      CheckedTalk talk;
      talk.Connect(Token(For("ada")));
      BOOST_TEST(talk.Subscribe(test.channel, test.token) == test.answer, boost::test_tools::per_element());
      BOOST_TEST(talk.CloseCode() == test.closed);
      BOOST_TEST(talk.hub->core()->Subscribers(test.channel).empty());
    }
  }
  CheckedTalk talk;
  talk.Connect(Token(For("ada")));
  BOOST_TEST(
      Contains(talk.Subscribe("$p", Token(For("ada", 9s, "$p"))), R"({"id":2,"subscribe":{"expires":true,"ttl":9,)"));
  BOOST_TEST(Contains(talk.Subscribe("c", ""), R"({"id":2,"subscribe":{"recoverable")"));
}

BOOST_AUTO_TEST_CASE(S11_ASubscriptionThatIsNotRefreshedEndsAfterTheGrace) {
  CheckedTalk talk;
  talk.Connect(Token(For("ada")));
  talk.Subscribe("$p", Token(For("ada", 10s, "$p")));
  talk.After(7s);
  const Lines refreshed{R"({"id":4,"sub_refresh":{"expires":true,"ttl":13}})"};
  BOOST_TEST(talk.SubRefresh("$p", Token(For("ada", 20s, "$p"))) == refreshed, boost::test_tools::per_element());
  BOOST_TEST(talk.After(14s + 999ms).empty());
  const Lines over{R"({"push":{"channel":"$p","unsubscribe":{"code":2501,"reason":"subscription expired"}}})"};
  BOOST_TEST(talk.After(1ms) == over, boost::test_tools::per_element());
  BOOST_TEST(talk.hub->core()->Subscribers("$p").empty());
  BOOST_TEST(talk.CloseCode() == 0);

  talk.Subscribe("$p", Token(For("ada", 30s, "$p")));
  talk.Say(R"({"id":5,"unsubscribe":{"channel":"$p"}})");
  BOOST_TEST(!talk.session->NextDeadline().has_value());
}

BOOST_AUTO_TEST_CASE(S11_ASubscriptionRefreshTakesAGoodTokenOfUserAndChannel) {
  struct Case {
    std::string name, channel, token;
    std::uint16_t closed;
    Lines answer;
  };
  const Case cases[] = {
      {"not subscribed", "$q", Token(For("ada", 9s, "$q")), 0, ErrorLine(4, 103, "permission denied")},
      {"none", "$p", "", 0, ErrorLine(4, 107, "bad request")},
      {"nonsense", "$p", "a.b.c", 3500, {}},
      {"of a connection", "$p", Token(For("ada")), 3500, {}},
      {"of another channel", "$p", Token(For("ada", 9s, "$q")), 3500, {}},
      {"of another user", "$p", Token(For("eve", 9s, "$p")), 3500, {}},
      {"expired", "$p", Token(For("ada", -1s, "$p")), 3006, {}}};
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.name) {
      CheckedTalk talk;
      talk.Connect(Token(For("ada")));
      talk.Subscribe("$p", Token(For("ada", 5s, "$p")));
      BOOST_TEST(talk.SubRefresh(test.channel, test.token) == test.answer, boost::test_tools::per_element());
      BOOST_TEST(talk.CloseCode() == test.closed);
    }
  }
}

BOOST_AUTO_TEST_CASE(WithoutASecretNobodyIsAskedForAToken) {
  Talk talk;
  talk.Connect();
  BOOST_TEST(Contains(talk.Say(R"({"id":2,"subscribe":{"channel":"$p","token":"nonsense"}})"), R"("subscribe")"));
  BOOST_TEST(talk.Say(R"({"id":3,"refresh":{"token":"t"}})") == ErrorLine(3, 108, "not available"),
             boost::test_tools::per_element());
  BOOST_TEST(talk.CloseCode() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

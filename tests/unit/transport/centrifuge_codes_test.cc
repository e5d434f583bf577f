#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "transport/centrifuge/codes.h"

namespace gapless::centrifuge {
namespace {

bool Mentions(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_codes)

BOOST_AUTO_TEST_CASE(EveryErrorCodeIsClassedAsTheSpecificationHasIt) {
  const std::set<std::uint32_t> temporary{100, 111, 113};
  for (std::uint32_t number = 100; number <= 113; ++number) {
    BOOST_TEST_CONTEXT(number) {
      const ErrorReply reply = RefusalFrom({number, "", false}, "publish");
      BOOST_TEST(reply.temporary == temporary.contains(number));
      BOOST_TEST(reply.error.server_code() == number);
      BOOST_TEST(Mentions(reply.error, std::to_string(number)));
      const DisconnectedEvent event = ConnectRefusalFrom({number, "", false});
      BOOST_TEST(event.reconnect == temporary.contains(number));
    }
  }
  BOOST_TEST(ErrorCodes().size() == 14);
}

BOOST_AUTO_TEST_CASE(ServerMaySayThatAnErrorIsTemporary) {
  BOOST_TEST(RefusalFrom({103, "", true}, "publish").temporary);
  BOOST_TEST(RefusalFrom({1400, "", true}, "publish").temporary);
  BOOST_TEST(!RefusalFrom({1400, "", false}, "publish").temporary);
  BOOST_TEST(RefusalFrom({5, "", false}, "publish").temporary);
}

BOOST_AUTO_TEST_CASE(ErrorsKeepTheirMeaningAsErrc) {
  const std::pair<std::uint32_t, Errc> codes[] = {
      {101, Errc::kUnauthorized}, {103, Errc::kPermissionDenied}, {108, Errc::kNotSupported},
      {109, Errc::kUnauthorized}, {112, Errc::kUnrecoverable},    {1999, Errc::kServerRefused},
  };
  for (const auto& [number, errc] : codes) BOOST_TEST((RefusalFrom({number, "", false}, "x").error.errc() == errc));
}

BOOST_AUTO_TEST_CASE(C6_DisconnectsAreJudgedByNumberOnly) {
  const std::pair<std::pair<std::uint32_t, std::uint32_t>, bool> ranges[] = {
      {{0, 1008}, true},    {{1010, 2999}, true},  {{3000, 3499}, true}, {{3500, 3999}, false},
      {{4000, 4499}, true}, {{4500, 4999}, false}, {{5000, 5100}, true}, {{1009, 1009}, false},
  };
  for (const auto& [range, reconnect] : ranges) {
    for (std::uint32_t number = range.first; number <= range.second; ++number) {
      BOOST_TEST_REQUIRE(DisconnectFrom(number, "{\"reconnect\":true}").reconnect == reconnect,
                         number << " must " << (reconnect ? "reconnect" : "stop"));
    }
  }
}

BOOST_AUTO_TEST_CASE(TablesAgreeWithTheRanges) {
  for (const Code& code : DisconnectCodes()) {
    const DisconnectedEvent event = DisconnectFrom(code.number, "");
    BOOST_TEST((event.error.errc() == code.errc));
    BOOST_TEST(Mentions(event.error, std::string(code.name)));
    if (code.number >= 3000) BOOST_TEST(code.again == (code.number < 3500));
  }
  for (const auto table : {ErrorCodes(), DisconnectCodes(), UnsubscribeCodes()}) {
    BOOST_TEST(
        std::is_sorted(table.begin(), table.end(), [](const Code& a, const Code& b) { return a.number < b.number; }));
  }
}

BOOST_AUTO_TEST_CASE(C14_UnsubscribesFrom2500OnAreFollowedByASubscribe) {
  for (const std::uint32_t number : {0U, 1U, 2000U, 2001U, 2499U})
    BOOST_TEST(!UnsubscribeFrom({{"c"}, number, ""}).resubscribe);
  for (const std::uint32_t number : {2500U, 2501U, 2502U, 2999U, 4000U})
    BOOST_TEST(UnsubscribeFrom({{"c"}, number, ""}).resubscribe);
  const SubscriptionEndedEvent event = UnsubscribeFrom({{"chat:1"}, 2500, "insufficient state"});
  BOOST_TEST(event.channel == "chat:1");
  BOOST_TEST(event.error.channel() == "chat:1");
  BOOST_TEST(event.error.server_code() == 2500);
}

BOOST_AUTO_TEST_CASE(WordsOfTheServerCannotForgeALogLine) {
  const DisconnectedEvent event = DisconnectFrom(4000, "bye\n2024-01-01 ERROR \x1b[31mforged");
  BOOST_TEST(std::string(event.error.what()).find('\n') == std::string::npos);
  BOOST_TEST(std::string(event.error.what()).find('\x1b') == std::string::npos);
  BOOST_TEST(Mentions(event.error, "bye"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

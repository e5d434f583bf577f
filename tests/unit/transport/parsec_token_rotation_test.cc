#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>

#include "transport/parsec/token_rotation.h"

namespace gapless::parsec {
namespace {

constexpr std::int64_t kNow = 1'000;
const ParsecTokens kFresh{"a1", "r1", kNow + 300, kNow + 3600};
const ParsecTokens kStale{"a1", "r1", kNow + TokenRotation::kMarginSeconds, kNow + 3600};
const ParsecTokens kNext{"a2", "r2", kNow + 300, kNow + 3600};

/// An action in words.
std::string Text(const TokenRotation::Action& action) {
  struct {
    std::string operator()(const TokenRotation::Load&) const { return "load"; }
    std::string operator()(const TokenRotation::Refresh& refresh) const {
      return "refresh with " + refresh.old.refresh;
    }
    std::string operator()(const TokenRotation::Save& save) const { return "save " + save.tokens.refresh; }
    std::string operator()(const TokenRotation::Use& use) const { return "use " + use.access; }
    std::string operator()(const TokenRotation::Fail& fail) const {
      return fail.lasting ? "fail for good" : "fail for now";
    }
  } text;
  return std::visit(text, action);
}

Refused RefusedAs(Refusal refusal, Errc errc = Errc::kPermissionDenied) { return {Error(errc, "why"), refusal}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_token_rotation)

BOOST_AUTO_TEST_CASE(AGoodAccessTokenIsLoadedOnceAndUsed) {
  TokenRotation rotation;
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "load");
  BOOST_TEST(Text(rotation.Loaded(kFresh, kNow)) == "use a1");
  BOOST_TEST(Text(rotation.Wanted(kNow + 200)) == "use a1");
}

BOOST_AUTO_TEST_CASE(AChannelWithoutTokensIsSubscribedToWithoutAndLookedUpAgain) {
  TokenRotation rotation;
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "load");
  BOOST_TEST(Text(rotation.Loaded(std::nullopt, kNow)) == "use ");
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "load");
}

BOOST_AUTO_TEST_CASE(C71_new_tokens_are_saved_before_they_are_used) {
  TokenRotation rotation;
  rotation.Wanted(kNow);
  BOOST_TEST(Text(rotation.Loaded(kStale, kNow)) == "refresh with r1");
  BOOST_TEST(Text(rotation.Refreshed(kNext)) == "save r2");
  BOOST_TEST(Text(rotation.Saved()) == "use a2");
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "use a2");
  BOOST_TEST(Text(rotation.Wanted(kNow + 291)) == "refresh with r2");
}

BOOST_AUTO_TEST_CASE(C76_a_failed_save_keeps_the_new_tokens_and_never_sends_the_spent_one) {
  TokenRotation rotation;
  rotation.Wanted(kNow);
  rotation.Loaded(kStale, kNow);
  rotation.Refreshed(kNext);
  const Error full(Errc::kStateNotWritable, "the disk is full");
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(Text(rotation.StoreFailed(full)) == "fail for now");
    BOOST_TEST(Text(rotation.Wanted(kNow)) == "save r2");
  }
  BOOST_TEST(Text(rotation.Saved()) == "use a2");
}

BOOST_AUTO_TEST_CASE(ALifeThatEndedBetweenSaveAndUseGoesOnWithTheNewTokens) {
  ParsecTokens store = kStale;
  {
    TokenRotation rotation;
    rotation.Wanted(kNow);
    rotation.Loaded(store, kNow);
    store = std::get<TokenRotation::Save>(rotation.Refreshed(kNext)).tokens;
    // Killed here.
  }
  TokenRotation rotation;
  rotation.Wanted(kNow);
  BOOST_TEST(Text(rotation.Loaded(store, kNow)) == "use a2");
}

BOOST_AUTO_TEST_CASE(C71_a_lost_answer_is_asked_for_again_and_a_spent_token_needs_somebody) {
  TokenRotation rotation;
  rotation.Wanted(kNow);
  rotation.Loaded(kStale, kNow);
  BOOST_TEST(Text(rotation.RefreshFailed(RefusedAs(Refusal::kTemporary, Errc::kConnectionLost))) == "fail for now");
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "refresh with r1");
  const auto action = rotation.RefreshFailed(RefusedAs(Refusal::kFinal));
  BOOST_TEST(Text(action) == "fail for good");
  BOOST_TEST((std::get<TokenRotation::Fail>(action).error.errc() == Errc::kUnauthorized));
  // New ones that somebody put into the store are seen.
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "load");
  BOOST_TEST(Text(rotation.Loaded(kNext, kNow)) == "use a2");
}

BOOST_AUTO_TEST_CASE(EveryRefusalButATemporaryOneEndsIt) {
  for (const Refusal refusal : {Refusal::kFinal, Refusal::kUnauthorized, Refusal::kNoChannel}) {
    TokenRotation rotation;
    rotation.Wanted(kNow);
    rotation.Loaded(kStale, kNow);
    BOOST_TEST(Text(rotation.RefreshFailed(RefusedAs(refusal))) == "fail for good");
  }
}

BOOST_AUTO_TEST_CASE(ATokenThatTheServerDoesNotTakeIsRenewedThoughItsTimeIsNotOver) {
  TokenRotation rotation;
  rotation.Wanted(kNow);
  rotation.Loaded(kFresh, kNow);
  rotation.Rejected();
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "refresh with r1");
  BOOST_TEST(Text(rotation.Refreshed(kNext)) == "save r2");
  BOOST_TEST(Text(rotation.Saved()) == "use a2");
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "use a2");
}

BOOST_AUTO_TEST_CASE(WithoutARefreshTokenTheEndOfTheAccessTokenIsTheEnd) {
  TokenRotation rotation;
  rotation.Wanted(kNow);
  BOOST_TEST(Text(rotation.Loaded(ParsecTokens{"a1", "", kNow, 0}, kNow)) == "fail for good");
  BOOST_TEST(Text(rotation.Wanted(kNow)) == "load");
}

BOOST_AUTO_TEST_CASE(TimesThatNobodyMeantDoNoHarm) {
  for (const std::int64_t time : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}}) {
    TokenRotation rotation;
    rotation.Wanted(kNow);
    BOOST_TEST(Text(rotation.Loaded(ParsecTokens{"a1", "r1", time, time}, kNow)) == "refresh with r1");
  }
  TokenRotation rotation;
  rotation.Wanted(kNow);
  BOOST_TEST(Text(rotation.Loaded(ParsecTokens{"a1", "r1", std::numeric_limits<std::int64_t>::max(), 0}, kNow)) ==
             "use a1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::parsec

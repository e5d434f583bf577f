// What Parsec's refusals mean: Twirp's codes, what proxies answer in its place, and the one answer of its WebSocket.

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <tuple>

#include "transport/parsec/codes.h"
#include "transport/parsec/refusals.h"

namespace gapless::parsec {
namespace {

Refused RefusalOf(std::uint16_t status, const std::string& body) {
  return RefusalFrom({.status = status, .headers = {}, .body = body}, "publish");
}

Refused TwirpRefusal(std::uint16_t status, const std::string& code, const std::string& msg = "why") {
  return RefusalOf(status, R"({"code":")" + code + R"(","msg":")" + msg + R"("})");
}

bool Says(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_codes)

BOOST_AUTO_TEST_CASE(EveryTwirpCodeIsToldWithParsecsOwnAndTheStatus) {
  const std::tuple<const char*, std::uint16_t, const char*, Errc, Refusal> rows[] = {
      {"invalid_argument", 400, "PARSEC_INVALID_ARGUMENT", Errc::kServerRefused, Refusal::kFinal},
      {"malformed", 400, "PARSEC_INVALID_ARGUMENT", Errc::kServerRefused, Refusal::kFinal},
      {"not_found", 404, "PARSEC_CHANNEL_NOT_FOUND", Errc::kServerRefused, Refusal::kNoChannel},
      {"already_exists", 409, "PARSEC_CHANNEL_EXISTS", Errc::kServerRefused, Refusal::kFinal},
      {"failed_precondition", 412, "PARSEC_CHANNEL_CLOSED", Errc::kServerRefused, Refusal::kNoChannel},
      {"permission_denied", 403, "PARSEC_AUTH_DENIED", Errc::kPermissionDenied, Refusal::kFinal},
      {"unauthenticated", 401, "PARSEC_AUTH_EXPIRED", Errc::kUnauthorized, Refusal::kUnauthorized},
      {"unavailable", 503, "PARSEC_BROKER_NOT_READY", Errc::kServerRefused, Refusal::kTemporary},
      {"resource_exhausted", 429, "PARSEC_RATE_LIMITED", Errc::kServerRefused, Refusal::kTemporary},
      {"internal", 500, "PARSEC_INTERNAL", Errc::kServerRefused, Refusal::kTemporary},
      {"bad_route", 404, "bad_route", Errc::kNotSupported, Refusal::kFinal},
      {"unimplemented", 501, "unimplemented", Errc::kNotSupported, Refusal::kFinal},
  };
  for (const auto& [code, status, said, errc, refusal] : rows) {
    BOOST_TEST_CONTEXT(code) {
      const Refused refused = TwirpRefusal(status, code);
      BOOST_TEST((refused.error.errc() == errc));
      BOOST_TEST((refused.refusal == refusal));
      BOOST_TEST(refused.error.server_code() == status);
      BOOST_TEST(Says(refused.error, said));
      BOOST_TEST(Says(refused.error, "the publish"));
      BOOST_TEST(Says(refused.error, "\"why\""));
    }
  }
}

BOOST_AUTO_TEST_CASE(NoCodeStandsTwiceInATable) {
  std::set<std::string_view> names;
  for (const TwirpCode& code : TwirpCodes()) BOOST_TEST(names.insert(code.name).second);
  for (const InternalCode& code : InternalCodes()) BOOST_TEST(names.insert(code.parsec).second);
}

BOOST_AUTO_TEST_CASE(AnInternalErrorSaysWhichOfParsecsCodesItIsAndThatCounts) {
  const Refused broker = TwirpRefusal(500, "internal", "PARSEC_BROKER_INTERNAL: the broker fell over");
  BOOST_TEST((broker.refusal == Refusal::kTemporary));
  BOOST_TEST(Says(broker.error, "PARSEC_BROKER_INTERNAL"));
  const Refused sink = TwirpRefusal(500, "internal", "PARSEC_SINK_CONFIG_INVALID: no such sink");
  BOOST_TEST((sink.refusal == Refusal::kFinal));
}

BOOST_AUTO_TEST_CASE(WhatIsNotTwirpsIsJudgedByItsStatus) {
  const std::tuple<std::uint16_t, Errc, Refusal> rows[] = {
      {301, Errc::kProtocol, Refusal::kFinal},          {302, Errc::kProtocol, Refusal::kFinal},
      {400, Errc::kProtocol, Refusal::kFinal},          {401, Errc::kUnauthorized, Refusal::kUnauthorized},
      {403, Errc::kPermissionDenied, Refusal::kFinal},  {404, Errc::kProtocol, Refusal::kFinal},
      {408, Errc::kServerRefused, Refusal::kTemporary}, {429, Errc::kServerRefused, Refusal::kTemporary},
      {500, Errc::kServerRefused, Refusal::kTemporary}, {502, Errc::kServerRefused, Refusal::kTemporary},
      {503, Errc::kServerRefused, Refusal::kTemporary}, {204, Errc::kProtocol, Refusal::kFinal},
  };
  for (const std::string body : {"<html>no</html>", "", "[]", "{}", R"({"code":7,"msg":"x"})",
                                 R"({"code":"not_found","code":"internal"})", R"({"code":"some_new_code","msg":""})"}) {
    for (const auto& [status, errc, refusal] : rows) {
      BOOST_TEST_CONTEXT(status << " " << body) {
        const Refused refused = RefusalOf(status, body);
        BOOST_TEST((refused.error.errc() == errc));
        BOOST_TEST((refused.refusal == refusal));
        BOOST_TEST(refused.error.server_code() == status);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(WhatAServerSaysIsQuotedAndCut) {
  const Refused refused = TwirpRefusal(404, "not_found", std::string(5000, 'x') + "\\n\\u001b[31m");
  BOOST_TEST(std::string(refused.error.what()).size() < 400U);
  BOOST_TEST(std::string(refused.error.what()).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(ACallWithoutAnAnswerMayBeMadeAgainAndKeepsItsReason) {
  const Refused refused = FailureFrom(Error(Errc::kTimeout, "no whole answer came"), "publish");
  BOOST_TEST((refused.refusal == Refusal::kTemporary));
  BOOST_TEST((refused.error.errc() == Errc::kTimeout));
  BOOST_TEST(Says(refused.error, "no whole answer came"));
}

BOOST_AUTO_TEST_CASE(C75_subscribe_refusals_dressed_as_temporary_end_after_so_many_in_a_row) {
  SubscribeRefusals refusals(3);
  const auto judge = [&](const std::string& channel) {
    ErrorReply refusal{Error(Errc::kServerRefused, "internal server error").WithServerCode(100), true};
    BOOST_TEST(refusals.Judge(channel, refusal));
    BOOST_TEST(refusal.error.server_code() == 100U);
    BOOST_TEST(refusal.error.channel() == channel);
    return refusal.temporary;
  };
  BOOST_TEST(judge("public:a.b"));
  BOOST_TEST(judge("public:a.b"));
  BOOST_TEST(judge("public:a.c"));
  BOOST_TEST(!judge("public:a.b"));
  // Whoever asks again later begins anew.
  BOOST_TEST(judge("public:a.b"));
  BOOST_TEST(judge("public:a.b"));
  refusals.Accepted("public:a.b");
  BOOST_TEST(judge("public:a.b"));
  BOOST_TEST(judge("public:a.b"));
  refusals.ConnectionBegins();
  BOOST_TEST(judge("public:a.b"));
}

BOOST_AUTO_TEST_CASE(OtherSubscribeRefusalsStayWhatTheyAre) {
  SubscribeRefusals refusals(1);
  for (const std::uint32_t code : {0U, 105U, 106U, 107U, 111U}) {
    ErrorReply refusal{Error(Errc::kServerRefused, "other").WithServerCode(code), code == 111U};
    BOOST_TEST(!refusals.Judge("public:a.b", refusal));
    BOOST_TEST(refusal.temporary == (code == 111U));
    BOOST_TEST(Says(refusal.error, "other"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::parsec

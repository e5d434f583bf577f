#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "transport/parsec/twirp.h"

namespace gapless::parsec {
namespace {

bool IsProtocol(const Error& error) { return error.errc() == Errc::kProtocol && error.raw().empty(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_twirp)

BOOST_AUTO_TEST_CASE(C67_requests_are_in_snake_case_with_bytes_as_base64) {
  using namespace std::chrono_literals;
  BOOST_TEST(TwirpPath("Publish") == "/twirp/parsec.ParsecService/Publish");
  BOOST_TEST(PublishBody("public:a.b", "{}") == R"({"name":"public:a.b","data":"e30="})");
  BOOST_TEST(PublishBody("a\"b\n", "") == R"({"name":"a\"b\n","data":""})");
  BOOST_TEST(NameBody("public:a.b") == R"({"name":"public:a.b"})");
  BOOST_TEST(OpenPublicBody("public:a.b", 60s) == R"({"name":"public:a.b","ttl_seconds":60})");
  BOOST_TEST(RefreshTokenBody("t") == R"({"refresh_token":"t"})");
  BOOST_TEST(IssueMgmtBody("op", 0s) == R"({"subject":"op","ttl_seconds":0})");
  BOOST_TEST(CreatePrivateBody("private:a.b.c", 5s, "u", {{"private:a.**", {"subscribe"}, true}}) ==
             R"({"name":"private:a.b.c","scopes":[{"deny":true,"pattern":"private:a.**","verbs":["subscribe"]}],)"
             R"("subject":"u","ttl_seconds":5})");
  BOOST_CHECK_EXCEPTION(NameBody("\xFF"), Error,
                        [](const Error& error) { return error.errc() == Errc::kInvalidArgument; });
}

BOOST_AUTO_TEST_CASE(C67_integers_are_read_as_text_and_as_numbers_in_either_spelling) {
  for (const char* answer : {R"({"offset":"18446744073709551615","epoch":"e"})",
                             R"({"offset":18446744073709551615, "epoch":"e", "new":{"deep":[1,{"x":null}]}})"}) {
    BOOST_TEST((ReadPublish(answer) == Position{18446744073709551615ULL, "e"}));
  }
  BOOST_TEST((ReadPublish("{}") == Position{}));
  const ParsecTokens expected{"a", "r", 11, 12};
  BOOST_TEST((ReadCreatePrivate(R"({"name":"x","access_token":"a","refresh_token":"r","access_expires_unix":"11",)"
                                R"("refresh_expires_unix":"12"})") == expected));
  BOOST_TEST((ReadCreatePrivate(R"({"accessToken":"a","refreshToken":"r","accessExpiresUnix":11,)"
                                R"("refreshExpiresUnix":12})") == expected));
}

BOOST_AUTO_TEST_CASE(C76_a_refresh_that_does_not_rotate_keeps_the_old_refresh_token) {
  const ParsecTokens old{"a0", "r0", 1, 99};
  BOOST_TEST((ReadRefreshToken(R"({"access_token":"a1","access_expires_unix":"5","refresh_token":"",)"
                               R"("refresh_expires_unix":"0","rotated":false})",
                               old) == ParsecTokens{"a1", "r0", 5, 99}));
  BOOST_TEST((ReadRefreshToken(R"({"access_token":"a1","access_expires_unix":"5","refresh_token":"r1",)"
                               R"("refresh_expires_unix":"7","rotated":true})",
                               old) == ParsecTokens{"a1", "r1", 5, 7}));
}

BOOST_AUTO_TEST_CASE(ChannelsAreReadWithTheirLives) {
  const auto channels = ReadChannels(R"({"channels":[{"name":"public:a.b","state":"open","ttl_seconds":"60",)"
                                     R"("created_at":"c","last_active":"l"}]})");
  BOOST_REQUIRE(channels.size() == 1U);
  BOOST_TEST(channels[0].name == "public:a.b");
  BOOST_TEST(channels[0].state == "open");
  BOOST_TEST(channels[0].ttl.count() == 60);
  BOOST_TEST(ReadChannels(R"({"channels":[]})").empty());
  BOOST_TEST(ReadChannel(R"({"channel":{"name":"public:a.b"}})").name == "public:a.b");
}

BOOST_AUTO_TEST_CASE(C73_a_manifest_is_read_by_its_major_version_and_with_keys_that_nobody_knows) {
  const auto read = [](const std::string& version) {
    return ReadManifest(R"({"format_version":")" + version +
                        R"(","kind":"parsec.manifest","x":1,"payload":{"service":"parsec","version":"0.2.0",)"
                        R"("transports":["websocket","http_stream"],"persistence":"in-memory","new_key":{"a":[]}}})");
  };
  for (const char* version : {"1.0", "1", "1.7"}) {
    const ParsecManifest manifest = read(version);
    BOOST_TEST(manifest.format_version == version);
    BOOST_TEST(manifest.version == "0.2.0");
    BOOST_TEST((manifest.transports == std::vector<std::string>{"websocket", "http_stream"}));
    BOOST_TEST(manifest.payload.find("new_key") != std::string::npos);
  }
  for (const char* version : {"2.0", "", "10.0"}) {
    BOOST_CHECK_EXCEPTION(read(version), Error, [](const Error& error) { return error.errc() == Errc::kNotSupported; });
  }
}

BOOST_AUTO_TEST_CASE(HostileAnswersAreErrorsWithoutTheirBytes) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string answers[] = {"",
                                 "[]",
                                 "null",
                                 "{",
                                 "<html>",
                                 R"({"offset":"1","epoch":"e"} x)",
                                 R"({"offset":"1","offset":"1"})",
                                 R"({"offset":-1})",
                                 R"({"offset":"1.0"})",
                                 R"({"offset":1.5})",
                                 R"({"offset":1e3})",
                                 R"({"offset":""})",
                                 R"({"offset":"18446744073709551616"})",
                                 R"({"offset":[1]})",
                                 R"({"epoch":5})",
                                 R"({"x":)" + deep + "}",
                                 "{\"epoch\":\"\xFF\"}",
                                 R"({"offset":" 1"})",
                                 R"({"offset":true})"};
  for (const std::string& answer : answers) {
    BOOST_TEST_CONTEXT(answer.substr(0, 60)) { BOOST_CHECK_EXCEPTION(ReadPublish(answer), Error, IsProtocol); }
  }
  const std::function<void()> others[] = {
      [] { ReadCreatePrivate("{}"); },
      [] { ReadCreatePrivate(R"({"access_token":""})"); },
      [] { ReadRefreshToken(R"({"refresh_token":"r"})", {}); },
      [] { ReadIssueMgmt("{}"); },
      [] { ReadChannel("{}"); },
      [] { ReadChannels(R"({"channels":[1]})"); },
      [] { ReadChannels(R"({"channels":{}})"); },
      [] { ReadManifest(R"({"format_version":"1.0","kind":"other","payload":{}})"); },
      [] { ReadManifest(R"({"format_version":"1.0","kind":"parsec.manifest"})"); },
      [] { ReadManifest(R"({"format_version":"1.0","kind":"parsec.manifest","payload":{"transports":[1]}})"); },
  };
  for (const auto& read : others) BOOST_CHECK_EXCEPTION(read(), Error, IsProtocol);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::parsec

// The calls of ParsecApi over real sockets to a peer that answers by a script.

#include <boost/test/unit_test.hpp>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gapless/parsec.h"
#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using test::PeerConnection;
using test::ScriptedPeer;

/// A server that gives the n-th request the n-th answer, and writes the requests down.
class Answers {
 public:
  explicit Answers(std::vector<std::string> answers) : answers_(std::move(answers)), peer_(Scripts()) {}

  ParsecOptions Options(const test::TestedEngine& engine) const {
    return {.url = "http://127.0.0.1:" + std::to_string(peer_.port()), .request_timeout = 20s, .engine = engine.kind};
  }
  std::vector<std::string> requests() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

 private:
  std::vector<ScriptedPeer::Script> Scripts() {
    std::vector<ScriptedPeer::Script> scripts;
    for (const std::string& answer : answers_) {
      scripts.emplace_back([this, &answer](PeerConnection& connection) {
        std::string request = connection.ReadRequestWithBody();
        {
          const std::lock_guard<std::mutex> lock(mutex_);
          requests_.push_back(std::move(request));
        }
        connection.SendRaw(answer);
      });
    }
    return scripts;
  }

  const std::vector<std::string> answers_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  ScriptedPeer peer_;
};

std::string Http(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

const std::string kUnauthenticated = Http(401, R"({"code":"unauthenticated","msg":"auth: token expired"})");
const std::string kChannel = Http(
    200, R"({"channel":{"name":"public:a.b","state":"open","ttl_seconds":"60","created_at":"","last_active":""}})");

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_api)

ENGINE_TEST_CASE(ACallIsAPostOfJsonWithTheManagementToken) {
  Answers server({kChannel});
  ParsecOptions options = server.Options(engine);
  options.url += "/behind/a/proxy/";
  options.management_token = "m1";
  options.headers = {{"X-Tenant", "t"}};
  const ParsecChannel channel = ParsecApi(options).OpenPublic("public:a.b", 60s);
  BOOST_TEST(channel.state == "open");
  const std::string request = server.requests().at(0);
  BOOST_TEST(request.starts_with("POST /behind/a/proxy/twirp/parsec.ParsecService/OpenPublic HTTP/1.1\r\n"));
  BOOST_TEST(test::HasHeader(request, "Authorization", "Bearer m1"));
  BOOST_TEST(test::HasHeader(request, "Content-Type", "application/json"));
  BOOST_TEST(test::HasHeader(request, "X-Tenant", "t"));
  BOOST_TEST(request.ends_with(R"({"name":"public:a.b","ttl_seconds":60})"));
}

ENGINE_TEST_CASE(AnExpiredManagementTokenIsFetchedAgainOnce) {
  Answers server({kUnauthenticated, kChannel, kUnauthenticated, kUnauthenticated});
  ParsecOptions options = server.Options(engine);
  options.management_token = "m1";
  int fetched = 1;
  options.get_management_token = [&fetched] { return "m" + std::to_string(++fetched); };
  ParsecApi api(options);
  BOOST_TEST(api.GetChannel("public:a.b").name == "public:a.b");
  BOOST_TEST(server.requests().at(1).find("Bearer m2\r\n") != std::string::npos);
  BOOST_CHECK_EXCEPTION(api.GetChannel("public:a.b"), Error, [](const Error& error) {
    return error.errc() == Errc::kUnauthorized && error.server_code() == 401;
  });
  BOOST_TEST(fetched == 3);
}

ENGINE_TEST_CASE(WhatTheUsersFunctionThrowsReachesTheCaller) {
  Answers server({kChannel});
  ParsecOptions options = server.Options(engine);
  options.get_management_token = []() -> std::string { throw std::runtime_error("no vault"); };
  BOOST_CHECK_THROW(ParsecApi(options).ListChannels(), std::runtime_error);
  BOOST_TEST(server.requests().empty());
}

ENGINE_TEST_CASE(TheManifestAndTheExchangeOfTokensNeedNoManagementToken) {
  Answers server({Http(200, R"({"format_version":"1.0","kind":"parsec.manifest","payload":{"service":"parsec"}})"),
                  Http(200, R"({"access_token":"a2","access_expires_unix":"5","refresh_token":"r2",)"
                            R"("refresh_expires_unix":"7","rotated":true})")});
  ParsecOptions options = server.Options(engine);
  options.management_token = "m1";
  ParsecApi api(options);
  BOOST_TEST(api.Manifest().service == "parsec");
  BOOST_TEST((api.RefreshToken({"a1", "r1", 1, 2}) == ParsecTokens{"a2", "r2", 5, 7}));
  for (const std::string& request : server.requests()) BOOST_TEST(request.find("m1") == std::string::npos);
  BOOST_TEST(server.requests().at(0).starts_with("GET /manifest HTTP/1.1\r\n"));
}

ENGINE_TEST_CASE(WhateverAnswersInAParsecsPlaceIsATypedErrorWithoutSecrets) {
  const std::pair<std::string, Errc> rows[] = {
      {Http(200, "<html>login</html>"), Errc::kProtocol},
      {Http(200, R"({"channels":"secret-token"})"), Errc::kProtocol},
      {Http(302, ""), Errc::kProtocol},
      {Http(404, "404 page not found"), Errc::kProtocol},
      {Http(404, R"({"code":"bad_route","msg":"no handler"})"), Errc::kNotSupported},
      {Http(403, "<html>"), Errc::kPermissionDenied},
      {Http(502, "<html>"), Errc::kServerRefused},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Errc::kConnectionLost},
      {"", Errc::kConnectionLost},
      {Http(200, "{\"x\":\"" + std::string(2'000'000, 'x') + "\"}"), Errc::kTooLarge},
  };
  for (const auto& [answer, errc] : rows) {
    BOOST_TEST_CONTEXT(answer.substr(0, 80)) {
      Answers server({answer});
      ParsecOptions options = server.Options(engine);
      options.management_token = "secret-token";
      BOOST_CHECK_EXCEPTION(ParsecApi(options).ListChannels(), Error, [wanted = errc](const Error& error) {
        return error.errc() == wanted && std::string(error.what()).find("secret-token") == std::string::npos;
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(OptionsThatCannotWorkAreRefused) {
  const auto refused = [](const ParsecOptions& options) {
    BOOST_CHECK_EXCEPTION(ParsecApi{options}, Error,
                          [](const Error& error) { return error.errc() == Errc::kInvalidArgument; });
  };
  refused({.url = ""});
  refused({.url = "ws://host"});
  refused({.url = "http://host/?x=1"});
  refused({.url = "http://host", .request_timeout = 0ms});
  refused({.url = "http://host", .headers = {{"Host", "x"}}});
  refused({.url = "http://host", .engine = static_cast<WebSocketEngineKind>(7)});
  refused({.url = "http://host", .tls = {.ca_file = "ca.pem"}});
  refused({.url = "https://host", .tls = {.ca_file = "/nowhere/ca.pem"}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

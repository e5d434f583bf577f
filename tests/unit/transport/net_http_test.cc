#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/http_exchange.h"
#include "tests/unit/transport/scripted_peer.h"
#include "transport/net/http.h"

namespace gapless::net {
namespace {

using namespace std::chrono_literals;
using test::Exchanged;
using test::HasHeader;
using test::HttpUrl;
using test::PeerConnection;
using test::ScriptedPeer;
using test::TestedEngine;
using test::TextOf;

ScriptedPeer::Script Answering(std::string bytes) {
  return [bytes = std::move(bytes)](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(bytes);
  };
}

/// The outcome of a POST to a peer that answers like this, in words.
std::string OutcomeOf(const TestedEngine& engine, const ScriptedPeer::Script& script) {
  ScriptedPeer peer(script);
  const HttpOutcome outcome =
      Exchanged(engine, {.method = "POST", .url = HttpUrl(peer), .body = "{}", .timeout = 20s, .max_body_bytes = 1000})
          .Wait();
  BOOST_TEST(peer.connection_count() == 1U);
  return TextOf(outcome);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_http)

ENGINE_TEST_CASE(ARequestArrivesAsItWasGivenAndItsAnswerComesBack) {
  std::promise<std::string> seen;
  ScriptedPeer peer([&seen](PeerConnection& connection) {
    seen.set_value(connection.ReadRequestWithBody());
    connection.SendRaw("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nh\xC3\xA4o");
    connection.SendRaw(std::string_view("\0", 1));
  });
  const HttpOutcome outcome =
      Exchanged(engine, {.method = "POST",
                         .url = HttpUrl(peer, "/twirp/a.B/C?q=%20"),
                         .headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer t"}},
                         .body = "{\"name\":\"x\"}"})
          .Wait();
  const std::string request = seen.get_future().get();
  BOOST_TEST(request.starts_with("POST /twirp/a.B/C?q=%20 HTTP/1.1\r\n"));
  BOOST_TEST(HasHeader(request, "Content-Type", "application/json"));
  BOOST_TEST(request.find("octet-stream") == std::string::npos);
  BOOST_TEST(HasHeader(request, "Authorization", "Bearer t"));
  BOOST_TEST(request.ends_with("\r\n\r\n{\"name\":\"x\"}"));
  BOOST_TEST_REQUIRE(std::holds_alternative<HttpResponse>(outcome));
  const auto& response = std::get<HttpResponse>(outcome);
  BOOST_TEST(response.status == 201);
  BOOST_TEST(response.headers.at("x-a") == "1, 2");
  BOOST_TEST(response.body.size() == 5U);
}

ENGINE_TEST_CASE(ARequestWithoutPathAsksForTheRoot) {
  std::promise<std::string> seen;
  ScriptedPeer peer([&seen](PeerConnection& connection) {
    seen.set_value(connection.ReadRequest());
    connection.SendRaw("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const HttpOutcome outcome = Exchanged(engine, {.url = HttpUrl(peer, "")}).Wait();
  BOOST_TEST(seen.get_future().get().starts_with("GET / HTTP/1.1\r\n"));
  BOOST_TEST(std::holds_alternative<HttpResponse>(outcome));
}

ENGINE_TEST_CASE(WhateverTheServerAnswersIsTheOutcomeAndHappensOnce) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::pair<const char*, std::string> answers[] = {
      {"404 no", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"},
      {"503 <html>",
       "HTTP/1.1 503 Away\r\nContent-Type: text/html; charset=nonsense\r\nContent-Length: 6\r\n\r\n<html>"},
      {"302 ", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"},
      {"307 ", "HTTP/1.1 307 There\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"},
      {"200 to the end", ok + "Connection: close\r\n\r\nto the end"},
      {"200 in pieces", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nin \r\n6\r\npieces\r\n0\r\n\r\n"},
      {"200 {}", ok + "Content-Length: 2\r\n\r\n{}"},
  };
  for (const auto& [expected, bytes] : answers) {
    BOOST_TEST(OutcomeOf(engine, Answering(bytes)) == expected);
  }
}

ENGINE_TEST_CASE(WhatBreaksOffIsLostAndWhatIsTooLongIsTooLarge) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string long_body(1001, 'x');
  const std::pair<Errc, std::string> answers[] = {
      {Errc::kConnectionLost, ""},
      {Errc::kConnectionLost, "HTTP/1.1 20"},
      {Errc::kConnectionLost, ok + "Content-Le"},
      {Errc::kConnectionLost, ok + "Content-Length: 10\r\n\r\nhalf"},
      {Errc::kConnectionLost, ok + "Transfer-Encoding: chunked\r\n\r\n10\r\nhalf"},
      {Errc::kConnectionLost, ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"},
      {Errc::kConnectionLost, ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n"},
      {Errc::kConnectionLost, "this is not HTTP at all\r\n\r\n"},
      {Errc::kTooLarge, ok + "Content-Length: 1001\r\n\r\n" + long_body},
      {Errc::kTooLarge, ok + "\r\n" + long_body},
      {Errc::kTooLarge, ok + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + long_body + "\r\n0\r\n\r\n"},
  };
  for (const auto& [expected, bytes] : answers) {
    BOOST_TEST_CONTEXT(bytes.substr(0, 60)) { BOOST_TEST(OutcomeOf(engine, Answering(bytes)) == TextOf(expected)); }
  }
}

ENGINE_TEST_CASE(ABodyWithoutEndEndsAtTheBound) {
  const std::string outcome = OutcomeOf(engine, [](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw("HTTP/1.1 200 OK\r\n\r\n");
    for (;;) connection.SendRaw(std::string(64 * 1024, 'x'));  // Until the client is gone.
  });
  BOOST_TEST(outcome == TextOf(Errc::kTooLarge));
}

ENGINE_TEST_CASE(AResetBeforeTheAnswerIsNotSentAgain) {
  BOOST_TEST(OutcomeOf(engine, [](PeerConnection& connection) {
               connection.ReadRequestWithBody();
               connection.Reset();
             }) == TextOf(Errc::kConnectionLost));
}

ENGINE_TEST_CASE(WhereNobodyListensNothingWasSent) {
  const HttpOutcome outcome =
      Exchanged(engine,
                {.method = "POST", .url = "http://127.0.0.1:" + std::to_string(test::UnusedPort()), .body = "{}"})
          .Wait();
  BOOST_TEST_REQUIRE(std::holds_alternative<Error>(outcome));
  BOOST_TEST((std::get<Error>(outcome).errc() == Errc::kConnectFailed));
}

ENGINE_TEST_CASE(TheTimeIsForTheWholeAnswerHoweverItDrips) {
  // Each byte starts the timer of the library anew, so only our own ends this.
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    std::promise<void> never;
    for (;;) {
      connection.SendRaw("x");
      never.get_future().wait_for(10ms);
      never = {};
    }
  });
  const HttpOutcome outcome = Exchanged(engine, {.url = HttpUrl(peer), .timeout = 300ms}).Wait();
  BOOST_TEST_REQUIRE(std::holds_alternative<Error>(outcome));
  BOOST_TEST((std::get<Error>(outcome).errc() == Errc::kTimeout));
}

ENGINE_TEST_CASE(ASilentServerIsGivenUpInTime) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Hold(); });
  const HttpOutcome outcome = Exchanged(engine, {.url = HttpUrl(peer), .timeout = 50ms}).Wait();
  BOOST_TEST_REQUIRE(std::holds_alternative<Error>(outcome));
  BOOST_TEST((std::get<Error>(outcome).errc() == Errc::kTimeout));
}

ENGINE_TEST_CASE(SeveralAreUnderWayAtOnceAndACancelledOneTellsNothing) {
  constexpr std::size_t kCalls = 20;
  ScriptedPeer peer([](PeerConnection& connection) {
    const std::string request = connection.ReadRequestWithBody();
    if (request.starts_with("GET /held")) connection.Drain();
    connection.SendRaw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Exchanged held(engine, {.url = HttpUrl(peer, "/held"), .timeout = test::kHangs});
  std::vector<std::unique_ptr<Exchanged>> calls;
  for (std::size_t i = 0; i < kCalls; ++i) {
    calls.push_back(std::make_unique<Exchanged>(engine, HttpRequest{.url = HttpUrl(peer), .timeout = test::kHangs}));
  }
  for (const auto& call : calls) BOOST_TEST(std::holds_alternative<HttpResponse>(call->Wait()));
  BOOST_TEST(!held.done());
  held.call().Cancel();
  BOOST_TEST(Reaper::Get().WaitUntilEmpty(test::kHangs));
  BOOST_TEST(!held.done());
}

ENGINE_TEST_CASE(AnOutcomeMaySendTheNextRequestAndGiveUpItsOwn) {
  ScriptedPeer peer(Answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));
  const auto http = engine.make_http();
  std::promise<HttpOutcome> second;
  std::promise<void> assigned;
  std::unique_ptr<HttpCall> calls[2];
  calls[0] = http->Send({.url = HttpUrl(peer)}, [&, ready = assigned.get_future().share()](const HttpOutcome&) {
    ready.wait();
    calls[0].reset();
    calls[1] = http->Send({.url = HttpUrl(peer)}, [&](HttpOutcome outcome) { second.set_value(std::move(outcome)); });
  });
  assigned.set_value();
  BOOST_TEST(TextOf(second.get_future().get()) == "200 ok");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

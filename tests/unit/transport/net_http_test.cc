#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/transport_driver.h"
#include "transport/net/http.h"

namespace gapless::net {
namespace {

using namespace std::chrono_literals;
using test::PeerConnection;
using test::ScriptedPeer;

// Longer than anything here takes.
constexpr std::chrono::seconds kHangs{60};

/// One request and its outcome.
class Exchanged {
 public:
  explicit Exchanged(HttpRequest request) {
    call_ = CpprestHttpEngine()->Send(
        std::move(request), [promise = promise_](HttpOutcome outcome) { promise->set_value(std::move(outcome)); });
  }

  HttpOutcome Wait() {
    if (future_.wait_for(kHangs) != std::future_status::ready) return Error(Errc::kInternal, "no outcome came");
    return future_.get();
  }
  bool done() { return future_.wait_for(0s) == std::future_status::ready; }
  HttpCall& call() { return *call_; }

 private:
  const std::shared_ptr<std::promise<HttpOutcome>> promise_ = std::make_shared<std::promise<HttpOutcome>>();
  std::future<HttpOutcome> future_ = promise_->get_future();
  std::unique_ptr<HttpCall> call_;
};

std::string HttpUrl(const ScriptedPeer& peer, const std::string& path = "/x") {
  return "http://127.0.0.1:" + std::to_string(peer.port()) + path;
}

ScriptedPeer::Script Answering(std::string bytes) {
  return [bytes = std::move(bytes)](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(bytes);
  };
}

/// The outcome of a POST to a peer that answers like this, in words.
std::string OutcomeOf(const ScriptedPeer::Script& script) {
  ScriptedPeer peer(script);
  const HttpOutcome outcome =
      Exchanged({.method = "POST", .url = HttpUrl(peer), .body = "{}", .timeout = 20s, .max_body_bytes = 1000}).Wait();
  BOOST_TEST(peer.connection_count() == 1U);
  if (const auto* error = std::get_if<Error>(&outcome)) return error->code().message();
  const auto& response = std::get<HttpResponse>(outcome);
  return std::to_string(response.status) + " " + response.body;
}

std::string TextOf(Errc code) { return make_error_code(code).message(); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(net_http, test::NothingLeft)

BOOST_AUTO_TEST_CASE(ARequestArrivesAsItWasGivenAndItsAnswerComesBack) {
  std::promise<std::string> seen;
  ScriptedPeer peer([&seen](PeerConnection& connection) {
    seen.set_value(connection.ReadRequestWithBody());
    connection.SendRaw("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nh\xC3\xA4o");
    connection.SendRaw(std::string_view("\0", 1));
  });
  const HttpOutcome outcome =
      Exchanged({.method = "POST",
                 .url = HttpUrl(peer, "/twirp/a.B/C?q=%20"),
                 .headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer t"}},
                 .body = "{\"name\":\"x\"}"})
          .Wait();
  const std::string request = seen.get_future().get();
  BOOST_TEST(request.starts_with("POST /twirp/a.B/C?q=%20 HTTP/1.1\r\n"));
  BOOST_TEST(request.find("Content-Type:application/json\r\n") != std::string::npos);
  BOOST_TEST(request.find("octet-stream") == std::string::npos);
  BOOST_TEST(request.find("Authorization:Bearer t\r\n") != std::string::npos);
  BOOST_TEST(request.ends_with("\r\n\r\n{\"name\":\"x\"}"));
  BOOST_TEST_REQUIRE(std::holds_alternative<HttpResponse>(outcome));
  const auto& response = std::get<HttpResponse>(outcome);
  BOOST_TEST(response.status == 201);
  BOOST_TEST(response.headers.at("x-a") == "1, 2");
  BOOST_TEST(response.body.size() == 5U);
}

BOOST_AUTO_TEST_CASE(ARequestWithoutPathAsksForTheRoot) {
  std::promise<std::string> seen;
  ScriptedPeer peer([&seen](PeerConnection& connection) {
    seen.set_value(connection.ReadRequest());
    connection.SendRaw("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const HttpOutcome outcome = Exchanged({.url = HttpUrl(peer, "")}).Wait();
  BOOST_TEST(seen.get_future().get().starts_with("GET / HTTP/1.1\r\n"));
  BOOST_TEST(std::holds_alternative<HttpResponse>(outcome));
}

BOOST_AUTO_TEST_CASE(WhateverTheServerAnswersIsTheOutcomeAndHappensOnce) {
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
    BOOST_TEST(OutcomeOf(Answering(bytes)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(WhatBreaksOffIsLostAndWhatIsTooLongIsTooLarge) {
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
    BOOST_TEST_CONTEXT(bytes.substr(0, 60)) { BOOST_TEST(OutcomeOf(Answering(bytes)) == TextOf(expected)); }
  }
}

BOOST_AUTO_TEST_CASE(ABodyWithoutEndEndsAtTheBound) {
  const std::string outcome = OutcomeOf([](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw("HTTP/1.1 200 OK\r\n\r\n");
    for (;;) connection.SendRaw(std::string(64 * 1024, 'x'));  // Until the client is gone.
  });
  BOOST_TEST(outcome == TextOf(Errc::kTooLarge));
}

BOOST_AUTO_TEST_CASE(AResetBeforeTheAnswerIsNotSentAgain) {
  BOOST_TEST(OutcomeOf([](PeerConnection& connection) {
               connection.ReadRequestWithBody();
               connection.Reset();
             }) == TextOf(Errc::kConnectionLost));
}

BOOST_AUTO_TEST_CASE(WhereNobodyListensNothingWasSent) {
  const HttpOutcome outcome =
      Exchanged({.method = "POST", .url = "http://127.0.0.1:" + std::to_string(test::UnusedPort()), .body = "{}"})
          .Wait();
  BOOST_TEST_REQUIRE(std::holds_alternative<Error>(outcome));
  BOOST_TEST((std::get<Error>(outcome).errc() == Errc::kConnectFailed));
}

BOOST_AUTO_TEST_CASE(TheTimeIsForTheWholeAnswerHoweverItDrips) {
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
  const HttpOutcome outcome = Exchanged({.url = HttpUrl(peer), .timeout = 300ms}).Wait();
  BOOST_TEST_REQUIRE(std::holds_alternative<Error>(outcome));
  BOOST_TEST((std::get<Error>(outcome).errc() == Errc::kTimeout));
}

BOOST_AUTO_TEST_CASE(ASilentServerIsGivenUpInTime) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Hold(); });
  const HttpOutcome outcome = Exchanged({.url = HttpUrl(peer), .timeout = 50ms}).Wait();
  BOOST_TEST_REQUIRE(std::holds_alternative<Error>(outcome));
  BOOST_TEST((std::get<Error>(outcome).errc() == Errc::kTimeout));
}

BOOST_AUTO_TEST_CASE(SeveralAreUnderWayAtOnceAndACancelledOneTellsNothing) {
  constexpr std::size_t kCalls = 20;
  ScriptedPeer peer([](PeerConnection& connection) {
    const std::string request = connection.ReadRequestWithBody();
    if (request.starts_with("GET /held")) connection.Drain();
    connection.SendRaw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  Exchanged held({.url = HttpUrl(peer, "/held"), .timeout = kHangs});
  std::vector<std::unique_ptr<Exchanged>> calls;
  for (std::size_t i = 0; i < kCalls; ++i) {
    calls.push_back(std::make_unique<Exchanged>(HttpRequest{.url = HttpUrl(peer), .timeout = kHangs}));
  }
  for (const auto& call : calls) BOOST_TEST(std::holds_alternative<HttpResponse>(call->Wait()));
  BOOST_TEST(!held.done());
  held.call().Cancel();
  BOOST_TEST(Reaper::Get().WaitUntilEmpty(kHangs));
  BOOST_TEST(!held.done());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

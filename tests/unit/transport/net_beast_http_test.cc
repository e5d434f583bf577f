// What only Beast's engine for HTTP does.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
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
using test::HttpUrl;
using test::PeerConnection;
using test::ScriptedPeer;
using test::TextOf;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers with `answer`, and again as long as requests come.
ScriptedPeer::Script Answering(const std::string& answer) {
  return [answer](PeerConnection& connection) {
    for (;;) {
      connection.ReadRequestWithBody();
      connection.SendRaw(answer);
    }
  };
}

HttpRequest Post(const ScriptedPeer& peer) { return {.method = "POST", .url = HttpUrl(peer), .body = "{}"}; }

std::string DetailOf(const HttpOutcome& outcome) {
  const auto* error = std::get_if<Error>(&outcome);
  return error == nullptr ? "no error" : error->what();
}

bool Says(const HttpOutcome& outcome, const std::string& what) {
  return DetailOf(outcome).find(what) != std::string::npos;
}

std::size_t OpenDescriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(net_beast_http, test::NothingLeft)

BOOST_AUTO_TEST_CASE(OneConnectionServesOneRequestAfterAnother) {
  const ScriptedPeer peer(Answering(kOk));
  const auto engine = BeastHttpEngine();
  for (int i = 0; i < 20; ++i) BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == "200 ok");
  BOOST_TEST(peer.connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(AnotherConnectionIsMadeWhereAnythingIsInDoubt) {
  const std::pair<const char*, std::string> answers[] = {
      {"the server wants to close it", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"},
      {"an old server", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"},
      {"more came than the answer", kOk + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"},
  };
  for (const auto& [what, answer] : answers) {
    BOOST_TEST_CONTEXT(what) {
      const ScriptedPeer peer(Answering(answer));
      const auto engine = BeastHttpEngine();
      for (int i = 0; i < 2; ++i) BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == "200 ok");
      BOOST_TEST(peer.connection_count() == 2U);
    }
  }
}

BOOST_AUTO_TEST_CASE(AnotherConnectionIsMadeToAServerThatIsKnownInAnotherWay) {
  const ScriptedPeer one(Answering(kOk));
  const ScriptedPeer other(Answering(kOk));
  const auto engine = BeastHttpEngine();
  for (const ScriptedPeer* peer : {&one, &other, &one}) {
    BOOST_TEST(TextOf(Exchanged(*engine, Post(*peer)).Wait()) == "200 ok");
  }
  HttpRequest different = Post(one);
  different.tls.server_name = "hub.example";
  BOOST_TEST(TextOf(Exchanged(*engine, different).Wait()) == "200 ok");
  BOOST_TEST(one.connection_count() == 2U);
  BOOST_TEST(other.connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(AConnectionThatTheServerHasClosedIsNotUsed) {
  std::promise<void> gone;
  const ScriptedPeer peer(std::vector<ScriptedPeer::Script>{[&gone](PeerConnection& connection) {
                                                              connection.ReadRequestWithBody();
                                                              connection.SendRaw(kOk);
                                                              connection.Reset();
                                                              gone.set_value();
                                                            },
                                                            Answering(kOk)});
  const auto engine = BeastHttpEngine();
  Exchanged(*engine, Post(peer)).Wait();
  gone.get_future().wait();
  BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == "200 ok");
}

BOOST_AUTO_TEST_CASE(ARequestThatDiesOnAKeptConnectionIsNotSentAgain) {
  const ScriptedPeer peer([](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(kOk);
    connection.ReadRequestWithBody();
    connection.Reset();
  });
  const auto engine = BeastHttpEngine();
  BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == "200 ok");
  BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == TextOf(Errc::kConnectionLost));
  BOOST_TEST(peer.connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(SeveralServersAreKeptButNotAnyNumber) {
  const auto engine = BeastHttpEngine();
  std::vector<std::unique_ptr<ScriptedPeer>> peers;
  for (int i = 0; i < 9; ++i) {
    peers.push_back(std::make_unique<ScriptedPeer>(Answering(kOk)));
    BOOST_TEST(TextOf(Exchanged(*engine, Post(*peers.back())).Wait()) == "200 ok");
  }
  for (const std::size_t index : {8U, 0U}) Exchanged(*engine, Post(*peers.at(index))).Wait();
  BOOST_TEST(peers.back()->connection_count() == 1U);
  BOOST_TEST(peers.front()->connection_count() == 2U);
}

BOOST_AUTO_TEST_CASE(AConnectionThatNobodyUsesIsClosed) {
  std::promise<void> closed;
  const ScriptedPeer peer([&closed](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(kOk);
    connection.Drain();
    closed.set_value();
  });
  const auto engine = BeastHttpEngine({.keep_time = 20ms});
  BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == "200 ok");
  BOOST_TEST((closed.get_future().wait_for(test::kHangs) == std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(InterimAnswersAreNoAnswers) {
  const ScriptedPeer peer(Answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + kOk));
  const auto engine = BeastHttpEngine();
  for (int i = 0; i < 2; ++i) BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == "200 ok");
  BOOST_TEST(peer.connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(ARefusalArrivesThoughTheRequestWasNotReadToItsEnd) {
  const ScriptedPeer peer([](PeerConnection& connection) {
    connection.ReadRequest();
    connection.SendRaw("HTTP/1.1 413 Too Long\r\nContent-Length: 0\r\n\r\n");
    connection.Hold();
  });
  HttpRequest request = Post(peer);
  request.body.assign(32 * 1024 * 1024, 'x');
  const auto engine = BeastHttpEngine();
  BOOST_TEST(TextOf(Exchanged(*engine, request).Wait()) == "413 ");
  BOOST_TEST(TextOf(Exchanged(*engine, Post(peer)).Wait()) == "413 ");
  BOOST_TEST(peer.connection_count() == 2U);
}

BOOST_AUTO_TEST_CASE(WhatHasNoEndIsBounded) {
  const std::string endless(1024 * 1024, 'x');
  const std::pair<const char*, std::string> answers[] = {
      {"a header", "HTTP/1.1 200 OK\r\nX: " + endless},
      {"the status line", "HTTP/1.1 200 " + endless},
      {"the line before a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + endless},
      {"headers", [] {
         std::string many = "HTTP/1.1 200 OK\r\n";
         for (int i = 0; i < 100'000; ++i) many += "a: b\r\n";
         return many;
       }()}};
  for (const auto& [what, answer] : answers) {
    BOOST_TEST_CONTEXT(what) {
      const ScriptedPeer peer([&answer](PeerConnection& connection) {
        connection.ReadRequestWithBody();
        connection.SendRaw(answer);
        connection.Hold();
      });
      BOOST_TEST(TextOf(Exchanged(test::kBeast, Post(peer)).Wait()) == TextOf(Errc::kConnectionLost));
    }
  }
}

BOOST_AUTO_TEST_CASE(StepsHaveLimitsOfTheirOwnAndNothingWasSentThen) {
  const ScriptedPeer silent([](PeerConnection& connection) { connection.Hold(); });
  const std::string secure = "https://127.0.0.1:" + std::to_string(silent.port());
  const auto limited = BeastHttpEngine({.tls_timeout = 20ms});
  const HttpOutcome step = Exchanged(*limited, {.url = secure, .timeout = test::kHangs}).Wait();
  BOOST_TEST(TextOf(step) == TextOf(Errc::kConnectFailed));
  BOOST_TEST(Says(step, "the TLS handshake took longer than 20 ms"), DetailOf(step));
  const HttpOutcome whole = Exchanged(test::kBeast, {.url = secure, .timeout = 20ms}).Wait();
  BOOST_TEST(TextOf(whole) == TextOf(Errc::kConnectFailed));
  BOOST_TEST(Says(whole, "no connection came about within 20 ms"), DetailOf(whole));
}

BOOST_AUTO_TEST_CASE(NoDescriptorIsLeftHoweverARequestEnds) {
  const std::vector<ScriptedPeer::Script> endings = {
      Answering(kOk),
      [](PeerConnection& connection) {
        connection.ReadRequestWithBody();
        connection.Reset();
      },
      [](PeerConnection& connection) {
        connection.ReadRequestWithBody();
        connection.SendRaw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
      },
      [](PeerConnection& connection) { connection.Hold(); },
  };
  // The first one starts what stays open for all.
  { const auto started = BeastHttpEngine(); }
  Exchanged(test::kBeast, {.url = "http://127.0.0.1:" + std::to_string(test::UnusedPort())}).Wait();
  BOOST_TEST(test::AllReaped());
  const std::size_t before = OpenDescriptors();
  for (const auto& ending : endings) {
    const ScriptedPeer peer(ending);
    const auto engine = BeastHttpEngine();
    for (int i = 0; i < 3; ++i) {
      HttpRequest request = Post(peer);
      request.timeout = 50ms;
      Exchanged(*engine, request).Wait();
    }
    Exchanged cancelled(*engine, Post(peer));
  }
  BOOST_TEST(test::AllReaped());
  BOOST_TEST(OpenDescriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

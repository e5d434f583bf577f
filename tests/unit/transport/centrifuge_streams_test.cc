// The transport over HTTP: streams of the hub's server, and the choice between several ways to it.

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gapless/centrifuge.h"
#include "gapless/hub.h"
#include "tests/engine_under_test.h"
#include "tests/unit/client/temporary_folder.h"
#include "tests/unit/transport/certificates.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/tls_front.h"
#include "tests/unit/transport/transport_driver.h"
#include "tests/wires.h"

namespace gapless {

namespace {

using test::EndpointOf;
using test::PublishOnC;
using test::ScriptedPeer;

const auto kEngines = boost::unit_test::data::make({WebSocketEngineKind::kCpprest, WebSocketEngineKind::kBeast});
const auto kStreams = boost::unit_test::data::make({Wire::kHttpStream, Wire::kSse}) * kEngines;

bool EndsFirst(const std::string& event, bool reconnect) {
  return event.starts_with("1: disconnected ") && event.ends_with(reconnect ? " reconnect" : " stop");
}

/// A stream that begins with a connect reply and these messages, and then stays as it is.
ScriptedPeer::Script StreamOf(const std::string& messages) {
  return [messages](test::PeerConnection& connection) {
    connection.ReadRequestWithBody();
    const std::string text = R"({"id":1,"connect":{"client":"c","session":"s","node":"n","ping":25,"pong":true}})"
                             "\n" +
                             messages;
    std::ostringstream answer;
    answer << "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" << std::hex << text.size() << "\r\n" << text;
    connection.SendRaw(answer.str() + "\r\n");
    connection.Hold();
  };
}

struct Streaming : test::TransportDriver {
  Streaming(const ScriptedPeer& peer, Wire wire, WebSocketEngineKind engine) {
    transport = Centrifuge({EndpointOf(wire, peer.port())}, {.url = "", .engine = engine});
    transport->Start(recorder);
    transport->Connect(1);
  }
};

struct Loop : test::TransportDriver {
  Loop(Wire wire, WebSocketEngineKind engine) : server(hub) {
    transport = Centrifuge({EndpointOf(wire, server.port())}, {.url = "", .engine = engine});
    transport->Start(recorder);
    transport->Connect(1);
  }
  std::string At(std::uint64_t offset) const { return std::to_string(offset) + "@" + hub->Top("c").epoch; }

  std::shared_ptr<Hub> hub = std::make_shared<Hub>();
  HubServer server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifuge_streams, test::NothingLeft)

BOOST_DATA_TEST_CASE(C30_PublishedBytesComeBackAndAreAcknowledged, kStreams, wire, engine) {
  Loop loop(wire, engine);
  BOOST_TEST_REQUIRE(loop.Next().starts_with("1: connected "));
  loop.Ask(1, 1, SubscribeRequest{"c", std::nullopt});
  BOOST_TEST(loop.Next() == "1: 1 subscribed " + loop.At(0) + " recoverable");
  const std::string payloads[] = {R"({"a":"<\"\\\u0000\n>"})", "\"\xC3\xA4\xF0\x9F\x98\x80\"", "null",
                                  "\"" + std::string(30'000, 'x') + "\""};
  std::uint64_t id = 1;
  for (const std::string& payload : payloads) {
    loop.Ask(1, ++id, PublishOnC(payload));
    const std::string one = loop.Next();
    const std::string other = loop.Next();
    const std::string push = "1: pub c " + std::to_string(id - 1) + ":" + payload;
    const std::string reply = "1: " + std::to_string(id) + " published";
    BOOST_TEST(((one == push && other == reply) || (one == reply && other == push)));
  }
}

BOOST_DATA_TEST_CASE(C30_WhatWasMissedIsRecoveredAfterACut, kStreams, wire, engine) {
  Loop loop(wire, engine);
  loop.Next();
  loop.Ask(1, 1, SubscribeRequest{"c", std::nullopt});
  loop.Next();
  loop.server.CutConnections();
  BOOST_TEST(EndsFirst(loop.Next(), true));
  loop.hub->Publish("c", "1");
  loop.transport->Connect(2);
  BOOST_TEST_REQUIRE(loop.Next().starts_with("2: connected "));
  loop.Ask(2, 2, SubscribeRequest{"c", Position{0, loop.hub->Top("c").epoch}});
  BOOST_TEST(loop.Next() == "2: 2 subscribed " + loop.At(0) + " recoverable recovered 1:1");
}

BOOST_DATA_TEST_CASE(C30_ADisconnectPushSaysWhatACloseFrameWould, kStreams, wire, engine) {
  for (const std::uint16_t code : {std::uint16_t{3001}, std::uint16_t{4501}}) {
    Loop loop(wire, engine);
    loop.Next();
    loop.server.CloseConnections(code, "so it is");
    const std::string end = loop.Next();
    BOOST_TEST(EndsFirst(end, code == 3001));
    BOOST_TEST(end.find(std::to_string(code)) != std::string::npos);
  }
}

BOOST_DATA_TEST_CASE(P4_C31_ThousandsOfPublishesArriveInTheirOrder, kStreams, wire, engine) {
  Loop loop(wire, engine);
  loop.Next();
  loop.Ask(1, 1, SubscribeRequest{"c", std::nullopt});
  loop.Next();
  constexpr std::uint64_t kCount = 3'000;
  for (std::uint64_t n = 1; n <= kCount; ++n) loop.Ask(1, n + 1, PublishOnC(std::to_string(n)));
  std::uint64_t replies = 0;
  std::uint64_t pushes = 0;
  while (replies + pushes < 2 * kCount) {
    const std::string event = loop.Next();
    if (event.ends_with(" published")) {
      BOOST_TEST_REQUIRE(event == "1: " + std::to_string(++replies + 1) + " published");
    } else {
      ++pushes;
      BOOST_TEST_REQUIRE(event == "1: pub c " + std::to_string(pushes) + ":" + std::to_string(pushes));
    }
  }
}

BOOST_DATA_TEST_CASE(C4_PingsAreAnsweredByRequests, kEngines, engine) {
  std::promise<std::string> pong;
  ScriptedPeer peer(std::vector<ScriptedPeer::Script>{StreamOf("{}\n"), [&pong](test::PeerConnection& connection) {
                                                        pong.set_value(connection.ReadRequestWithBody());
                                                        connection.Hold();
                                                      }});
  Streaming streaming(peer, Wire::kHttpStream, engine);
  const std::string request = pong.get_future().get();
  BOOST_TEST(request.starts_with("POST /emulation "));
  BOOST_TEST(request.ends_with(R"({"session":"s","node":"n","data":"{}"})"));
}

BOOST_DATA_TEST_CASE(C30_WhatIsNoStreamFailsToConnectAndMayBeTriedAgain, kStreams, wire, engine) {
  for (const std::string answer : {"404 Not Found", "503 Away", "302 Found", "500 Oops"}) {
    ScriptedPeer peer([answer](test::PeerConnection& connection) {
      connection.ReadRequestWithBody();
      connection.SendRaw("HTTP/1.1 " + answer + "\r\nContent-Length: 6\r\n\r\n<html>");
    });
    BOOST_TEST(EndsFirst(Streaming(peer, wire, engine).Next(), true));
  }
  ScriptedPeer nonsense([](test::PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw("nonsense\r\n\r\n");
  });
  BOOST_TEST(EndsFirst(Streaming(nonsense, wire, engine).Next(), true));
}

BOOST_DATA_TEST_CASE(C30_CommandsThatAreNotTakenEndTheConnection, kEngines, engine) {
  for (const std::string answer : {"404 Not Found", "500 Oops", "413 Too Large"}) {
    BOOST_TEST_CONTEXT(answer) {
      ScriptedPeer peer(std::vector<ScriptedPeer::Script>{StreamOf(""), [answer](test::PeerConnection& connection) {
                                                            connection.ReadRequestWithBody();
                                                            connection.SendRaw("HTTP/1.1 " + answer +
                                                                               "\r\nContent-Length: 0\r\n\r\n");
                                                          }});
      Streaming streaming(peer, Wire::kHttpStream, engine);
      BOOST_TEST_REQUIRE(streaming.Next().starts_with("1: connected "));
      streaming.Ask(1, 1, SubscribeRequest{"c", std::nullopt});
      // Commands that are too long would be so again.
      BOOST_TEST(EndsFirst(streaming.Next(), answer != "413 Too Large"));
    }
  }
}

BOOST_DATA_TEST_CASE(C30_AServerThatRefusesWebSocketsIsReachedOverTheNextWire, kEngines, engine) {
  ScriptedPeer proxy([](test::PeerConnection& connection) {
    connection.ReadRequest();
    connection.SendRaw("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  auto hub = std::make_shared<Hub>();
  HubServer server(hub);
  test::TransportDriver driver;
  driver.transport = Centrifuge({{Wire::kWebSocket, proxy.url()}, EndpointOf(Wire::kSse, server.port())},
                                {.url = "", .engine = engine});
  driver.transport->Start(driver.recorder);
  driver.transport->Connect(1);
  BOOST_TEST(EndsFirst(driver.Next(), true));
  driver.transport->Connect(2);
  BOOST_TEST(driver.Next().starts_with("2: connected "));
}

BOOST_DATA_TEST_CASE(C30_StreamsGoOverTlsToThoseWhoAreTrusted, kStreams, wire, engine) {
  const test::TemporaryFolder folder;
  const test::Authority authority(folder / "", "authority");
  const test::Authority stranger(folder / "", "stranger");
  const test::CertificateFiles own = authority.Issue("client");
  const HubServer server(std::make_shared<Hub>());
  const test::TlsFront front(server.port(), {.own = authority.Issue("server"), .client_authority = authority.file()});
  const std::string url = "https://localhost:" + std::to_string(front.port()) +
                          (wire == Wire::kSse ? "/connection/sse" : "/connection/http_stream");
  for (const bool trusted : {true, false}) {
    test::TransportDriver driver;
    driver.transport = Centrifuge({{wire, url}}, {.url = "",
                                                  .engine = engine,
                                                  .tls = {.ca_file = (trusted ? authority : stranger).file(),
                                                          .certificate_file = own.certificate,
                                                          .key_file = own.key}});
    driver.transport->Start(driver.recorder);
    driver.transport->Connect(1);
    const std::string first = driver.Next();
    if (!trusted) {
      BOOST_TEST(EndsFirst(first, true));
      continue;
    }
    BOOST_TEST_REQUIRE(first.starts_with("1: connected "));
    driver.Ask(1, 1, PublishOnC("1"));
    BOOST_TEST(driver.Next() == "1: 1 published");
  }
}

BOOST_AUTO_TEST_CASE(EndpointsThatCannotWorkAreRefusedByName) {
  const std::vector<std::vector<Endpoint>> cases = {
      {},
      {{Wire::kWebSocket, "http://h/connection/websocket"}},
      {{Wire::kSse, "ws://h/connection/sse"}},
      {{Wire::kHttpStream, "http://h/s", "ws://h/emulation"}},
      {{Wire::kWebSocket, "ws://h/s", "http://h/emulation"}},
      {{Wire::kHttpStream, "http://h/s"}, {Wire::kSse, ""}},
  };
  for (const auto& endpoints : cases) {
    BOOST_CHECK_EXCEPTION(Centrifuge(endpoints), Error,
                          [](const Error& error) { return error.errc() == Errc::kInvalidArgument; });
  }
  BOOST_CHECK_THROW(Centrifuge({{Wire::kSse, "http://h/s"}}, {.url = "", .headers = {{"Content-Length", "7"}}}), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

// What only Beast's engine does.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/socket_recorder.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

using namespace std::chrono_literals;
using test::PeerConnection;
using test::ScriptedPeer;
using test::SocketRecorder;
using Cause = WebSocketEnd::Cause;
using Log = std::vector<std::string>;

std::unique_ptr<WebSocketConnection> Connect(const BeastOptions& options, const std::string& url,
                                             const std::shared_ptr<SocketRecorder>& recorder) {
  return BeastWebSocketEngine(options)->Connect({.url = url, .headers = {}, .subprotocols = {}}, recorder);
}

std::string Secure(const std::string& url) { return "wss" + url.substr(url.find(':')); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(net_beast, test::NothingLeft)

BOOST_AUTO_TEST_CASE(EachStepMayHaveALimitOfItsOwn) {
  ScriptedPeer silent([](PeerConnection& connection) { connection.Hold(); });
  struct Case {
    BeastOptions options;
    std::string url;
    std::string why;
  };
  const Case cases[] = {
      {{.upgrade_timeout = 20ms}, silent.url(), "the WebSocket upgrade took longer than 20 ms"},
      {{.tls_timeout = 20ms}, Secure(silent.url()), "the TLS handshake took longer than 20 ms"},
  };
  for (const Case& limited : cases) {
    BOOST_TEST_CONTEXT(limited.why) {
      const auto recorder = std::make_shared<SocketRecorder>();
      const auto connection = Connect(limited.options, limited.url, recorder);
      BOOST_TEST_REQUIRE(recorder->WaitForEnd());
      BOOST_TEST(recorder->log() == Log{"end"});
      BOOST_TEST((recorder->end().cause == Cause::kConnectFailed));
      BOOST_TEST(recorder->end().detail == limited.why);
    }
  }
}

BOOST_AUTO_TEST_CASE(PeerThatNeverAnswersTheCloseIsLeftAfterItsLimit) {
  ScriptedPeer deaf([](PeerConnection& connection) {
    connection.Accept();
    connection.Hold();
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect({.close_timeout = 20ms}, deaf.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForReports(1));
  connection->HangUp(WebSocketConnection::Farewell::kPolite);
  BOOST_TEST(test::AllReaped());
}

BOOST_AUTO_TEST_CASE(PeerThatSendsACloseFrameAndStaysHasClosedAllTheSame) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.SendRaw(std::string("\x88\x04\x0F\xA1no", 6));
    connection.Hold();
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect({.close_timeout = 20ms}, peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  BOOST_TEST((recorder->end().cause == Cause::kClosedByPeer));
  BOOST_TEST(recorder->end().code == 4001);
  BOOST_TEST(recorder->end().reason == "no");
}

BOOST_AUTO_TEST_CASE(L2_NothingIsReadWhileTheListenerHasAMessage) {
  constexpr std::size_t kMany = 64;
  std::promise<void> release;
  std::promise<std::size_t> taken;
  ScriptedPeer peer([&taken](PeerConnection& connection) {
    connection.Accept();
    connection.Send("first");
    taken.set_value(connection.SendUntilFull(kMany));
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  recorder->then = [released = release.get_future().share()](const std::string& line) {
    if (line == "message first") released.wait();
  };
  const auto connection = Connect({}, peer.url(), recorder);
  BOOST_TEST(taken.get_future().get() < kMany);
  release.set_value();
  BOOST_TEST(recorder->WaitForEnd());
}

BOOST_AUTO_TEST_CASE(CompressionIsOfferedOnlyWhereItIsWanted) {
  for (const bool compression : {false, true}) {
    std::promise<std::string> request;
    ScriptedPeer peer([&request](PeerConnection& connection) { request.set_value(connection.ReadRequest()); });
    const auto recorder = std::make_shared<SocketRecorder>();
    const auto connection = Connect({.compression = compression}, peer.url(), recorder);
    BOOST_TEST((request.get_future().get().find("permessage-deflate") != std::string::npos) == compression);
    BOOST_TEST(recorder->WaitForEnd());
  }
}

BOOST_AUTO_TEST_CASE(CompressedMessagesGoBothWays) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Send(connection.Receive().value_or("nothing"));
    connection.Close(1000, "");
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect({.compression = true}, peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForReports(1));
  std::string text;
  while (text.size() < 1'000'000) text += "envelope " + std::to_string(text.size()) + ", ";
  connection->Send(text);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  BOOST_TEST((recorder->log() == Log{"open", "message " + text, "end"}));
}

BOOST_AUTO_TEST_CASE(MessageThatGrowsTooLargeWhenItIsInflatedEndsTheConnection) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Send(std::string(kMaxIncomingBytes + 1, 'x'));
    connection.Drain();
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect({.compression = true}, peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  BOOST_TEST((recorder->end().cause == Cause::kMessageTooLarge), recorder->end().detail);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

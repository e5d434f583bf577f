#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/socket_recorder.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

using test::AllReaped;
using test::kHangs;
using test::PeerConnection;
using test::ScriptedPeer;
using test::See;
using test::Seen;
using test::SocketRecorder;
using Cause = WebSocketEnd::Cause;
using Farewell = WebSocketConnection::Farewell;
using Log = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(net_websocket)

ENGINE_TEST_CASE(MessagesGoBothWaysInOrder) {
  constexpr int kMessages = 500;
  std::promise<Log> received;
  ScriptedPeer peer([&received](PeerConnection& connection) {
    connection.Accept();
    Log log;
    for (int i = 0; i < kMessages; ++i) log.push_back(connection.Receive().value_or("closed"));
    for (const std::string& message : log) connection.Send(message);
    received.set_value(log);
    connection.Close(1000, "");
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = engine.Connect(peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForReports(1));
  Log sent;
  for (std::size_t i = 0; i < kMessages; ++i) {
    sent.push_back("message \xC3\xA4 " + std::to_string(i));
    connection->Send(sent.back());
    BOOST_TEST_REQUIRE(recorder->WaitForSent(i + 1));
  }
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  BOOST_TEST(received.get_future().get() == sent);
  Log expected{"open"};
  for (const std::string& message : sent) expected.push_back("message " + message);
  expected.emplace_back("end");
  BOOST_TEST(recorder->log() == expected);
}

ENGINE_TEST_CASE(HeadersAndSubprotocolsReachTheServer) {
  std::promise<std::string> request;
  ScriptedPeer peer([&request](PeerConnection& connection) { request.set_value(connection.ReadRequest()); });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = engine.make()->Connect(
      {.url = peer.url(), .headers = {{"X-Api-Key", "k 1"}}, .subprotocols = {"centrifuge-json"}}, recorder);
  const std::string text = request.get_future().get();
  BOOST_TEST(text.find("GET /connection/websocket HTTP/1.1\r\n") == 0);
  BOOST_TEST(text.find("X-Api-Key: k 1\r\n") != std::string::npos);
  BOOST_TEST(text.find("Sec-WebSocket-Protocol: centrifuge-json\r\n") != std::string::npos);
  BOOST_TEST(recorder->WaitForEnd());
}

ENGINE_TEST_CASE(FragmentsAndPingsBetweenThemMakeOneMessage) {
  using namespace std::string_literals;
  const Seen seen = See(engine, [](PeerConnection& connection) {
    connection.Accept();
    connection.SendRaw("\x01\x02he"s + "\x89\x01p"s + "\x00\x02ll"s + "\x80\x01o"s);
    connection.Close(1000, "");
  });
  BOOST_TEST((seen.log == Log{"open", "message hello", "end"}));
}

ENGINE_TEST_CASE(OpenIsReportedBeforeTheMessagesThatOvertakeIt) {
  // cpprest reports messages and the success of connect() on different threads.
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Send("at once");
    connection.Close(4001, "");
  });
  for (int i = 0; i < 200; ++i) {
    const auto recorder = std::make_shared<SocketRecorder>();
    const auto connection = engine.Connect(peer.url(), recorder);
    BOOST_TEST_REQUIRE(recorder->WaitForEnd());
    BOOST_TEST_REQUIRE((recorder->log() == Log{"open", "message at once", "end"}));
    BOOST_TEST_REQUIRE(recorder->end().code == 4001);
  }
}

ENGINE_TEST_CASE(ThrowingListenerEndsTheConnectionAndNothingElse) {
  for (const char* where : {"open", "message x"}) {
    BOOST_TEST_CONTEXT(where) {
      ScriptedPeer peer([](PeerConnection& connection) {
        connection.Accept();
        connection.Send("x");
        connection.Drain();
      });
      const auto recorder = std::make_shared<SocketRecorder>();
      recorder->then = [where](const std::string& line) {
        if (line == where) throw std::runtime_error("thrown on purpose");
      };
      const auto connection = engine.Connect(peer.url(), recorder);
      BOOST_TEST_REQUIRE(recorder->WaitForEnd());
      BOOST_TEST((recorder->end().cause == Cause::kLost));
      BOOST_TEST(recorder->end().detail == "thrown on purpose");
    }
  }
}

ENGINE_TEST_CASE(ListenerMayHangUpAndDestroyTheConnectionInAnyReport) {
  const std::pair<const char*, Log> places[] = {
      {"open", {"open"}}, {"message 1", {"open", "message 1"}}, {"end", {"open", "message 1", "message 2", "end"}}};
  for (const auto& [place, expected] : places) {
    BOOST_TEST_CONTEXT(place) {
      ScriptedPeer peer([](PeerConnection& connection) {
        connection.Accept();
        if (connection.Receive() != "go") return;
        connection.Send("1");
        connection.Send("2");
        connection.Close(1000, "");
      });
      const auto recorder = std::make_shared<SocketRecorder>();
      std::unique_ptr<WebSocketConnection> connection;
      std::promise<void> assigned;
      std::promise<void> destroyed;
      recorder->then = [&, ready = assigned.get_future().share(), here = std::string(place)](const std::string& line) {
        ready.wait();
        if (line == here) {
          connection.reset();
          destroyed.set_value();
        } else if (line == "open") {
          connection->Send("go");
        }
      };
      connection = engine.Connect(peer.url(), recorder);
      assigned.set_value();
      BOOST_TEST_REQUIRE((destroyed.get_future().wait_for(kHangs) == std::future_status::ready));
      BOOST_TEST(AllReaped());
      BOOST_TEST(recorder->log() == expected);
    }
  }
}

ENGINE_TEST_CASE(ListenerMayBeGone) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Send("1");
    connection.Close(1000, "");
  });
  const auto connection = engine.Connect(peer.url(), std::make_shared<SocketRecorder>());
  BOOST_TEST(AllReaped());
}

ENGINE_TEST_CASE(SendingAfterTheEndIsHarmless) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Accept(); });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = engine.Connect(peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  connection->Send("too late");
  connection->HangUp(Farewell::kPolite);
  connection->Send("far too late");
  BOOST_TEST(recorder->log().back() == "end");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

#include <dirent.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/socket_recorder.h"
#include "transport/net/reaper.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

using test::kHangs;
using test::PeerConnection;
using test::ScriptedPeer;
using test::SocketRecorder;
using Cause = WebSocketEnd::Cause;
using Farewell = WebSocketConnection::Farewell;
using Log = std::vector<std::string>;

constexpr std::string_view kSwitching = "HTTP/1.1 101 Switching Protocols\r\n";

std::unique_ptr<WebSocketConnection> Connect(const std::string& url, const std::shared_ptr<SocketRecorder>& recorder) {
  return CpprestWebSocketEngine()->Connect({.url = url, .headers = {}, .subprotocols = {}}, recorder);
}

bool AllReaped() { return Reaper::Get().WaitUntilEmpty(kHangs); }

std::size_t OpenFileDescriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

/// What a client gets to see of a peer, until the end.
struct Seen {
  Log log;
  WebSocketEnd end;
};

Seen See(const ScriptedPeer::Script& script) {
  ScriptedPeer peer(script);
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect(peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  return {recorder->log(), recorder->end()};
}

/// After every test all clients of cpprest must be gone, or something leaks.
struct NothingLeft {
  ~NothingLeft() { BOOST_TEST(AllReaped()); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(net_websocket, NothingLeft)

BOOST_AUTO_TEST_CASE(MessagesGoBothWaysInOrder) {
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
  const auto connection = Connect(peer.url(), recorder);
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

BOOST_AUTO_TEST_CASE(HeadersAndSubprotocolsReachTheServer) {
  std::promise<std::string> request;
  ScriptedPeer peer([&request](PeerConnection& connection) { request.set_value(connection.ReadRequest()); });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = CpprestWebSocketEngine()->Connect(
      {.url = peer.url(), .headers = {{"X-Api-Key", "k 1"}}, .subprotocols = {"centrifuge-json"}}, recorder);
  const std::string text = request.get_future().get();
  BOOST_TEST(text.find("GET /connection/websocket HTTP/1.1\r\n") == 0);
  BOOST_TEST(text.find("X-Api-Key: k 1\r\n") != std::string::npos);
  BOOST_TEST(text.find("Sec-WebSocket-Protocol: centrifuge-json\r\n") != std::string::npos);
  BOOST_TEST(recorder->WaitForEnd());
}

BOOST_AUTO_TEST_CASE(RefusedConnection) {
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect("ws://127.0.0.1:" + std::to_string(test::UnusedPort()) + "/", recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  BOOST_TEST(recorder->log() == Log{"end"});
  BOOST_TEST((recorder->end().cause == Cause::kConnectFailed));
  BOOST_TEST(!recorder->end().detail.empty());
}

BOOST_AUTO_TEST_CASE(WhatIsNoWebSocketFailsToConnect) {
  using namespace std::string_literals;
  const std::pair<const char*, std::string> answers[] = {
      {"nothing", ""},
      {"a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>"},
      {"unauthorized", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"},
      {"unavailable", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"},
      {"redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"},
      {"a wrong key",
       std::string(kSwitching) + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n"},
      {"garbage", "\x00\xFF\x16\x03\x01 not HTTP\r\n\r\n"s},
      {"half an answer", std::string(kSwitching) + "Upgra"},
  };
  for (const auto& [name, answer] : answers) {
    BOOST_TEST_CONTEXT(name) {
      const Seen seen = See([&bytes = answer](PeerConnection& connection) {
        connection.ReadRequest();
        connection.SendRaw(bytes);
      });
      BOOST_TEST(seen.log == Log{"end"});
      BOOST_TEST((seen.end.cause == Cause::kConnectFailed));
      BOOST_TEST(!seen.end.detail.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(SilentServerIsGivenUpByTheEngineAndMayBeLeftAtOnce) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Hold(); });
  const auto left = std::make_shared<SocketRecorder>();
  Connect(peer.url(), left)->HangUp(Farewell::kAbrupt);
  const auto patient = std::make_shared<SocketRecorder>();
  const auto connection = Connect(peer.url(), patient);
  BOOST_TEST_REQUIRE(patient->WaitForEnd());
  BOOST_TEST(patient->log() == Log{"end"});
  BOOST_TEST((patient->end().cause == Cause::kConnectFailed));
  BOOST_TEST(AllReaped());
  BOOST_TEST(left->log() == Log{});
}

BOOST_AUTO_TEST_CASE(LateSuccessAfterHangingUpIsClosed) {
  std::promise<void> hung_up;
  std::promise<std::string> seen;
  ScriptedPeer peer([&](PeerConnection& connection) {
    hung_up.get_future().wait();
    connection.Accept();
    seen.set_value(connection.Receive() ? "message" : "closed");
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect(peer.url(), recorder);
  connection->HangUp(Farewell::kPolite);
  hung_up.set_value();
  BOOST_TEST(seen.get_future().get() == "closed");
  BOOST_TEST(AllReaped());
  BOOST_TEST(recorder->log() == Log{});
}

BOOST_AUTO_TEST_CASE(CloseCodeAndReasonArriveAfterTheMessages) {
  const std::uint16_t codes[] = {1000, 1001, 1009, 3000, 3001, 3008, 3012, 3500, 3501, 4000, 4999};
  for (const std::uint16_t code : codes) {
    BOOST_TEST_CONTEXT(code) {
      const Seen seen = See([code](PeerConnection& connection) {
        connection.Accept();
        connection.Send("1");
        connection.Send("2");
        connection.Close(code, "why \xC3\xA4");
      });
      BOOST_TEST((seen.log == Log{"open", "message 1", "message 2", "end"}));
      BOOST_TEST((seen.end.cause == Cause::kClosedByPeer));
      BOOST_TEST(seen.end.code == code);
      BOOST_TEST(seen.end.reason == "why \xC3\xA4");
    }
  }
}

BOOST_AUTO_TEST_CASE(EndWithoutCloseFrame) {
  const std::pair<const char*, ScriptedPeer::Script> ways[] = {
      {"reset", [](PeerConnection& connection) { connection.Reset(); }},
      {"end of file", [](PeerConnection&) {}},
      {"inside a frame", [](PeerConnection& connection) { connection.SendRaw("\x81\x7E"); }},
  };
  for (const auto& [name, way] : ways) {
    BOOST_TEST_CONTEXT(name) {
      ScriptedPeer peer([&last = way](PeerConnection& connection) {
        connection.Accept();
        connection.Send("1");
        if (connection.Receive() == "go") last(connection);
      });
      const auto recorder = std::make_shared<SocketRecorder>();
      const auto connection = Connect(peer.url(), recorder);
      BOOST_TEST_REQUIRE(recorder->WaitForReports(2));
      connection->Send("go");
      BOOST_TEST_REQUIRE(recorder->WaitForEnd());
      BOOST_TEST((recorder->log() == Log{"open", "message 1", "end"}));
      BOOST_TEST((recorder->end().cause == Cause::kLost));
      BOOST_TEST(recorder->end().code == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(PeerThatBreaksTheProtocol) {
  using namespace std::string_literals;
  const std::pair<const char*, std::string> frames[] = {
      {"text that is not UTF-8", "\x81\x02\xC3\x28"s},
      {"a reserved bit", "\xC1\x01x"s},
      {"an unknown opcode", "\x83\x01x"s},
      {"a masked frame", "\x81\x81\0\0\0\0x"s},
      {"a continuation of nothing", "\x80\x01x"s},
      {"a fragmented ping", "\x09\x01x"s},
      {"a length in too many bytes", "\x81\x7E\x00\x01x"s},
  };
  for (const auto& [name, frame] : frames) {
    BOOST_TEST_CONTEXT(name) {
      const Seen seen = See([&bytes = frame](PeerConnection& connection) {
        connection.Accept();
        connection.Send("1");
        connection.SendRaw(bytes);
        connection.Drain();
      });
      BOOST_TEST((seen.log == Log{"open", "message 1", "end"}));
      BOOST_TEST((seen.end.cause == Cause::kPeerViolation));
      BOOST_TEST(!seen.end.detail.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(OversizeMessageEndsTheConnectionAsSuch) {
  const Seen seen = See([](PeerConnection& connection) {
    connection.Accept();
    connection.Send(std::string(32'000'001, 'x'));
    connection.Drain();
  });
  BOOST_TEST((seen.log == Log{"open", "end"}));
  BOOST_TEST((seen.end.cause == Cause::kMessageTooLarge));
}

BOOST_AUTO_TEST_CASE(FragmentsAndPingsBetweenThemMakeOneMessage) {
  using namespace std::string_literals;
  const Seen seen = See([](PeerConnection& connection) {
    connection.Accept();
    connection.SendRaw("\x01\x02he"s + "\x89\x01p"s + "\x00\x02ll"s + "\x80\x01o"s);
    connection.Close(1000, "");
  });
  BOOST_TEST((seen.log == Log{"open", "message hello", "end"}));
}

BOOST_AUTO_TEST_CASE(BinaryMessageEndsTheConnection) {
  const Seen seen = See([](PeerConnection& connection) {
    connection.Accept();
    connection.SendBinary("x");
    connection.Drain();
  });
  BOOST_TEST((seen.log == Log{"open", "end"}));
  BOOST_TEST((seen.end.cause == Cause::kLost));
  BOOST_TEST(seen.end.detail == "the peer sent a binary message");
}

BOOST_AUTO_TEST_CASE(OpenIsReportedBeforeTheMessagesThatOvertakeIt) {
  // cpprest reports messages and the success of connect() on different threads.
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Send("at once");
    connection.Close(4001, "");
  });
  for (int i = 0; i < 200; ++i) {
    const auto recorder = std::make_shared<SocketRecorder>();
    const auto connection = Connect(peer.url(), recorder);
    BOOST_TEST_REQUIRE(recorder->WaitForEnd());
    BOOST_TEST_REQUIRE((recorder->log() == Log{"open", "message at once", "end"}));
    BOOST_TEST_REQUIRE(recorder->end().code == 4001);
  }
}

BOOST_AUTO_TEST_CASE(ThrowingListenerEndsTheConnectionAndNothingElse) {
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
      const auto connection = Connect(peer.url(), recorder);
      BOOST_TEST_REQUIRE(recorder->WaitForEnd());
      BOOST_TEST((recorder->end().cause == Cause::kLost));
      BOOST_TEST(recorder->end().detail == "thrown on purpose");
    }
  }
}

BOOST_AUTO_TEST_CASE(ListenerMayHangUpAndDestroyTheConnectionInAnyReport) {
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
      connection = Connect(peer.url(), recorder);
      assigned.set_value();
      BOOST_TEST_REQUIRE((destroyed.get_future().wait_for(kHangs) == std::future_status::ready));
      BOOST_TEST(AllReaped());
      BOOST_TEST(recorder->log() == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(ListenerMayBeGone) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Send("1");
    connection.Close(1000, "");
  });
  const auto connection = Connect(peer.url(), std::make_shared<SocketRecorder>());
  BOOST_TEST(AllReaped());
}

BOOST_AUTO_TEST_CASE(PeerThatReadsNothingAndNeverAnswersTheCloseIsReapedInTheBackground) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Hold();
  });
  const auto polite = std::make_shared<SocketRecorder>();
  auto unanswered = Connect(peer.url(), polite);
  BOOST_TEST_REQUIRE(polite->WaitForReports(1));
  unanswered->HangUp(Farewell::kPolite);
  unanswered.reset();

  const auto busy = std::make_shared<SocketRecorder>();
  auto full = Connect(peer.url(), busy);
  BOOST_TEST_REQUIRE(busy->WaitForReports(1));
  // More than the buffers of both sockets take. cpprest swallows it all the same, which is why the machine above
  // counts what the peer has not answered.
  for (std::size_t i = 1; i <= 16; ++i) {
    full->Send(std::string(1024 * 1024, 'x'));
    BOOST_TEST_REQUIRE(busy->WaitForSent(i));
  }
  full->HangUp(Farewell::kAbrupt);
  full.reset();
  BOOST_TEST(AllReaped());
  BOOST_TEST(polite->log() == Log{"open"});
  BOOST_TEST(busy->log() == Log{"open"});
}

BOOST_AUTO_TEST_CASE(SendingAfterTheEndIsHarmless) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Accept(); });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = Connect(peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  connection->Send("too late");
  connection->HangUp(Farewell::kPolite);
  connection->Send("far too late");
  BOOST_TEST(recorder->log().back() == "end");
}

BOOST_AUTO_TEST_CASE(NoFileDescriptorIsLeftBehind) {
  const auto once = [] {
    See([](PeerConnection& connection) {
      connection.Accept();
      connection.Close(1000, "");
    });
    BOOST_TEST_REQUIRE(AllReaped());
  };
  once();
  const std::size_t before = OpenFileDescriptors();
  for (int i = 0; i < 20; ++i) once();
  BOOST_TEST(OpenFileDescriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

// How connections come to nothing, and how they end.

#include <dirent.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
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

constexpr std::string_view kSwitching = "HTTP/1.1 101 Switching Protocols\r\n";

std::size_t OpenFileDescriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_websocket_end)

ENGINE_TEST_CASE(RefusedConnection) {
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = engine.Connect("ws://127.0.0.1:" + std::to_string(test::UnusedPort()) + "/", recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  BOOST_TEST(recorder->log() == Log{"end"});
  BOOST_TEST((recorder->end().cause == Cause::kConnectFailed));
  BOOST_TEST(!recorder->end().detail.empty());
}

ENGINE_TEST_CASE(C35_WhatIsNoWebSocketFailsToConnect) {
  using namespace std::string_literals;
  struct Answer {
    const char* name;
    std::string bytes;
    /// What Beast's engine tells of it.
    const char* detail = "";
  };
  const Answer answers[] = {
      {"nothing", ""},
      {"a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>",
       "HTTP 200 OK"},
      {"unauthorized", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "HTTP 401 Unauthorized"},
      {"forbidden", "HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n", "HTTP 403 Forbidden"},
      {"a proxy alone", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "HTTP 502 Bad Gateway"},
      {"unavailable", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "HTTP 503 Service Unavailable"},
      {"redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "HTTP 302 Found"},
      {"a wrong key",
       std::string(kSwitching) + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n"},
      {"garbage", "\x00\xFF\x16\x03\x01 not HTTP\r\n\r\n"s},
      {"half an answer", std::string(kSwitching) + "Upgra"},
  };
  for (const Answer& answer : answers) {
    BOOST_TEST_CONTEXT(answer.name) {
      const Seen seen = See(engine, [&answer](PeerConnection& connection) {
        connection.ReadRequest();
        connection.SendRaw(answer.bytes);
      });
      BOOST_TEST(seen.log == Log{"end"});
      BOOST_TEST((seen.end.cause == Cause::kConnectFailed));
      BOOST_TEST(!seen.end.detail.empty());
      if (engine.is_beast()) BOOST_TEST(seen.end.detail.find(answer.detail) != std::string::npos, seen.end.detail);
    }
  }
}

ENGINE_TEST_CASE(SilentServerIsGivenUpByTheEngineAndMayBeLeftAtOnce) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Hold(); });
  const auto left = std::make_shared<SocketRecorder>();
  engine.Connect(peer.url(), left)->HangUp(Farewell::kAbrupt);
  const auto patient = std::make_shared<SocketRecorder>();
  const auto connection = engine.Connect(peer.url(), patient);
  BOOST_TEST_REQUIRE(patient->WaitForEnd());
  BOOST_TEST(patient->log() == Log{"end"});
  BOOST_TEST((patient->end().cause == Cause::kConnectFailed));
  BOOST_TEST(AllReaped());
  BOOST_TEST(left->log() == Log{});
}

ENGINE_TEST_CASE(HangingUpBeforeTheServerAnswersEndsTheConnectionWhenItDoes) {
  std::promise<void> hung_up;
  std::promise<std::string> seen;
  ScriptedPeer peer([&](PeerConnection& connection) {
    hung_up.get_future().wait();
    try {
      connection.Accept();
      seen.set_value(connection.Receive() ? "message" : "closed");
    } catch (const std::exception&) {
      seen.set_value("closed");  // Before the upgrade was done.
    }
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = engine.Connect(peer.url(), recorder);
  connection->HangUp(Farewell::kPolite);
  hung_up.set_value();
  BOOST_TEST(seen.get_future().get() == "closed");
  BOOST_TEST(AllReaped());
  BOOST_TEST(recorder->log() == Log{});
}

ENGINE_TEST_CASE(PoliteEndTellsThePeerAfterWhatWasSent) {
  std::promise<std::pair<Log, std::uint16_t>> seen;
  ScriptedPeer peer([&seen](PeerConnection& connection) {
    connection.Accept();
    Log messages;
    while (auto message = connection.Receive()) messages.push_back(std::move(*message));
    seen.set_value({messages, connection.close_code()});
  });
  const auto recorder = std::make_shared<SocketRecorder>();
  auto connection = engine.Connect(peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForReports(1));
  connection->Send("last words");
  connection->HangUp(Farewell::kPolite);
  connection.reset();
  const auto [messages, code] = seen.get_future().get();
  BOOST_TEST(messages == Log{"last words"});
  BOOST_TEST(code == 1000);
  BOOST_TEST(AllReaped());
  BOOST_TEST(recorder->log() == Log{"open"});
}

ENGINE_TEST_CASE(CloseCodeAndReasonArriveAfterTheMessages) {
  const std::uint16_t codes[] = {1000, 1001, 1009, 3000, 3001, 3008, 3012, 3500, 3501, 4000, 4999};
  for (const std::uint16_t code : codes) {
    BOOST_TEST_CONTEXT(code) {
      const Seen seen = See(engine, [code](PeerConnection& connection) {
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

ENGINE_TEST_CASE(EndWithoutCloseFrame) {
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
      const auto connection = engine.Connect(peer.url(), recorder);
      BOOST_TEST_REQUIRE(recorder->WaitForReports(2));
      connection->Send("go");
      BOOST_TEST_REQUIRE(recorder->WaitForEnd());
      BOOST_TEST((recorder->log() == Log{"open", "message 1", "end"}));
      BOOST_TEST((recorder->end().cause == Cause::kLost));
      BOOST_TEST(recorder->end().code == 0);
    }
  }
}

ENGINE_TEST_CASE(PeerThatBreaksTheProtocol) {
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
      const Seen seen = See(engine, [&bytes = frame](PeerConnection& connection) {
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

ENGINE_TEST_CASE(OversizeMessageEndsTheConnectionAsSuch) {
  const Seen seen = See(engine, [](PeerConnection& connection) {
    connection.Accept();
    connection.Send(std::string(32'000'001, 'x'));
    connection.Drain();
  });
  BOOST_TEST((seen.log == Log{"open", "end"}));
  BOOST_TEST((seen.end.cause == Cause::kMessageTooLarge));
}

ENGINE_TEST_CASE(BinaryMessageEndsTheConnection) {
  const Seen seen = See(engine, [](PeerConnection& connection) {
    connection.Accept();
    connection.SendBinary("x");
    connection.Drain();
  });
  BOOST_TEST((seen.log == Log{"open", "end"}));
  BOOST_TEST((seen.end.cause == Cause::kLost));
  BOOST_TEST(seen.end.detail == "the peer sent a binary message");
}

ENGINE_TEST_CASE(PeerThatReadsNothingAndNeverAnswersTheCloseIsReapedInTheBackground) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.Accept();
    connection.Hold();
  });
  const auto polite = std::make_shared<SocketRecorder>();
  auto unanswered = engine.Connect(peer.url(), polite);
  BOOST_TEST_REQUIRE(polite->WaitForReports(1));
  unanswered->HangUp(Farewell::kPolite);
  unanswered.reset();

  const auto busy = std::make_shared<SocketRecorder>();
  auto full = engine.Connect(peer.url(), busy);
  BOOST_TEST_REQUIRE(busy->WaitForReports(1));
  // More than the buffers of both sockets take. cpprest says at once that it takes more, which is why the machine above
  // counts what the peer has not answered.
  full->Send(std::string(16 * 1024 * 1024, 'x'));
  if (!engine.is_beast()) BOOST_TEST_REQUIRE(busy->WaitForSent(1));
  full->HangUp(Farewell::kAbrupt);
  full.reset();
  BOOST_TEST(AllReaped());
  BOOST_TEST(polite->log() == Log{"open"});
  BOOST_TEST(busy->log() == Log{"open"});
}

ENGINE_TEST_CASE(NoFileDescriptorIsLeftBehind) {
  const auto once = [&engine] {
    See(engine, [](PeerConnection& connection) {
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

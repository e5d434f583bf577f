// The whole transport on real sockets, with a scripted server that misbehaves. Its life with a server that does not is
// in centrifuge_hub_test.cc.

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gapless/websocket.h"
#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/transport_driver.h"
#include "transport/centrifuge/codec.h"
#include "transport/centrifuge/transport.h"
#include "transport/net/reaper.h"

namespace gapless::centrifuge {
namespace {

using namespace std::chrono_literals;
using test::PeerConnection;
using test::PublishOnC;
using test::ScriptedPeer;
using test::TransportRecorder;

constexpr const char* kWelcome = R"({"id":1,"connect":{"client":"c-1","ping":25,"pong":true}})";

/// Answers the connect command and then does what `script` says.
ScriptedPeer::Script Greeting(ScriptedPeer::Script script, const char* welcome = kWelcome) {
  return [script = std::move(script), welcome](PeerConnection& connection) {
    connection.Accept();
    if (!connection.Receive()) return;
    connection.Send(welcome);
    script(connection);
  };
}

struct Joined : test::TransportDriver {
  Joined(const test::TestedEngine& engine, const ScriptedPeer& peer,
         const std::function<void(WebSocketOptions&)>& change = {}) {
    WebSocketOptions options{.url = peer.url(), .engine = engine.kind};
    if (change) change(options);
    transport = WebSocket(options);
    transport->Start(recorder);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_transport)

ENGINE_TEST_CASE(ConnectCommandCarriesWhatTheOptionsSay) {
  std::promise<std::string> command;
  ScriptedPeer peer([&command](PeerConnection& connection) {
    connection.Accept();
    command.set_value(connection.Receive().value_or(""));
    connection.Close(3500, "invalid token");
  });
  Joined joined(engine, peer, [](WebSocketOptions& options) {
    options.token = "T";
    options.name = "app";
    options.version = "1.2";
    options.connect_data = "{\n\"a\": 1}";
  });
  joined.transport->Connect(7);
  BOOST_TEST(command.get_future().get() ==
             R"({"id":1,"connect":{"token":"T","data":{"a": 1},"name":"app","version":"1.2"}})");
  BOOST_TEST(joined.Next() == "7: disconnected 55/3500 stop");
}

ENGINE_TEST_CASE(FailuresToConnectAreReportedOnceAndMayBeTriedAgain) {
  const std::pair<const char*, ScriptedPeer::Script> servers[] = {
      {"1: disconnected 50 reconnect", [](PeerConnection&) {}},
      {"1: disconnected 50 reconnect",
       [](PeerConnection& connection) {
         connection.ReadRequest();
         connection.SendRaw("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
       }},
      {"1: disconnected 51 reconnect", [](PeerConnection& connection) { connection.Accept(); }},
      {"1: disconnected 52 reconnect",
       [](PeerConnection& connection) {
         connection.Accept();
         connection.Send("<html>");
         connection.Drain();
       }},
      {"1: disconnected 54/103 stop",
       [](PeerConnection& connection) {
         connection.Accept();
         connection.Receive();
         connection.Send(R"({"id":1,"error":{"code":103,"message":"permission denied"}})");
         connection.Drain();
       }},
  };
  for (const auto& [expected, script] : servers) {
    ScriptedPeer peer(std::vector<ScriptedPeer::Script>{script, Greeting([](PeerConnection& c) { c.Drain(); })});
    Joined joined(engine, peer);
    joined.transport->Connect(1);
    BOOST_TEST(joined.Next() == expected);
    joined.transport->Connect(2);
    BOOST_TEST(joined.Next() == "2: connected c-1");
  }
}

ENGINE_TEST_CASE(C9_ServerThatNeverAnswersTheConnectIsGivenUp) {
  std::promise<std::string> end;
  ScriptedPeer peer([&end](PeerConnection& connection) {
    connection.Accept();
    connection.Receive();
    end.set_value(connection.Receive() ? "more" : "closed");
  });
  Joined joined(engine, peer, [](WebSocketOptions& options) { options.connect_timeout = 50ms; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: disconnected 61 reconnect");
  BOOST_TEST(end.get_future().get() == "closed");
}

ENGINE_TEST_CASE(ServerThatNeverAnswersTheUpgradeIsGivenUpLongBeforeTheEngineWould) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Hold(); });
  Joined joined(engine, peer, [](WebSocketOptions& options) { options.connect_timeout = 50ms; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: disconnected 61 reconnect");
}

ENGINE_TEST_CASE(C5_ServerWhosePingsStopIsGivenUp) {
  ScriptedPeer peer(Greeting(
      [](PeerConnection& connection) {
        connection.Send("{}");
        connection.Drain();
      },
      R"({"id":1,"connect":{"client":"c-1","ping":1,"pong":true}})"));
  Joined joined(engine, peer, [](WebSocketOptions& options) { options.max_ping_delay = 1ms; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: connected c-1");
  BOOST_TEST(joined.Next() == "1: disconnected 51 reconnect");
}

ENGINE_TEST_CASE(C4_PingsAreAnsweredWithoutTheClient) {
  std::promise<std::string> pong;
  ScriptedPeer peer(Greeting([&pong](PeerConnection& connection) {
    connection.Send("{}");
    pong.set_value(connection.Receive().value_or("closed"));
    connection.Drain();
  }));
  Joined joined(engine, peer);
  joined.transport->Connect(1);
  BOOST_TEST(pong.get_future().get() == "{}");
}

ENGINE_TEST_CASE(C33_DataBeforeTheCloseIsReportedBeforeTheEnd) {
  constexpr int kPublications = 1'000;
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (int i = 1; i <= kPublications; ++i) {
      connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":" + std::to_string(i) + "}}}");
    }
    connection.Close(3008, "slow");
  }));
  Joined joined(engine, peer);
  joined.transport->Connect(1);
  BOOST_TEST(joined.recorder->AwaitText("1: disconnected 58/3008 reconnect"));
  const auto log = joined.recorder->log();
  BOOST_TEST_REQUIRE(log.size() == kPublications + 2);
  for (std::size_t i = 1; i <= kPublications; ++i) BOOST_TEST_REQUIRE(log[i] == "1: pub c " + std::to_string(i) + ":1");
}

ENGINE_TEST_CASE(GarbageInTheMiddleEndsTheConnectionAfterWhatWasGood) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":1}}}\n{\"push\":{\"chan");
    connection.Drain();
  }));
  Joined joined(engine, peer);
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: connected c-1");
  BOOST_TEST(joined.Next() == "1: pub c 1:1");
  BOOST_TEST(joined.Next() == "1: disconnected 52 reconnect");
}

ENGINE_TEST_CASE(L2_ClientThatTakesNothingOverLosesTheConnectionAndMayComeBack) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (;;) {
      connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":\"" + std::string(10'000, 'x') + "\"}}}");
    }
  }));
  Joined joined(engine, peer, [](WebSocketOptions& options) { options.max_receive_queue_bytes = 100'000; });
  joined.recorder->KeepHolds(true);
  joined.transport->Connect(1);
  BOOST_TEST(joined.recorder->AwaitText("1: disconnected 58 reconnect"));
  BOOST_TEST(joined.recorder->log().size() <= 12U);
  joined.recorder->KeepHolds(false);
  joined.transport->Connect(2);
  BOOST_TEST(joined.recorder->AwaitText("2: connected c-1"));
  BOOST_TEST(joined.recorder->Await(200).starts_with("2: pub"));
}

ENGINE_TEST_CASE(MessageAboveTheReceiveBoundPassesAlone) {
  // Else a recovery larger than the bound would end every connection that it is sent on.
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    connection.Receive();
    connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":\"" + std::string(10'000, 'x') + "\"}}}");
    connection.Drain();
  }));
  Joined joined(engine, peer, [](WebSocketOptions& options) { options.max_receive_queue_bytes = 1'000; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: connected c-1");
  joined.Ask(1, 5, PresenceRequest{"c"});
  BOOST_TEST(joined.Next().starts_with("1: pub c 0:\"xxx"));
}

ENGINE_TEST_CASE(TenThousandPublishesShareFramesAndEachIsAnswered) {
  constexpr std::uint64_t kPublishes = 10'000;
  std::atomic<std::size_t> frames{0};
  std::atomic<std::size_t> largest{0};
  ScriptedPeer peer(Greeting([&](PeerConnection& connection) {
    while (const auto frame = connection.Receive()) {
      ++frames;
      largest = std::max(largest.load(), frame->size());
      std::string replies;
      std::size_t begin = 0;
      while (begin < frame->size()) {
        const std::size_t end = std::min(frame->find('\n', begin), frame->size());
        const auto command = nlohmann::json::parse(frame->substr(begin, end - begin));
        replies += "{\"id\":" + std::to_string(command.at("id").get<std::uint32_t>()) + ",\"publish\":{}}\n";
        begin = end + 1;
      }
      connection.Send(replies);
    }
  }));
  Joined joined(engine, peer);
  joined.transport->Connect(1);
  BOOST_TEST_REQUIRE(joined.Next() == "1: connected c-1");
  for (std::uint64_t id = 1; id <= kPublishes; ++id)
    joined.Ask(1, id, PublishOnC("{\"n\":" + std::to_string(id) + "}"));
  joined.recorder->Await(kPublishes + 1);
  const auto log = joined.recorder->log();
  BOOST_TEST_REQUIRE(log.size() == kPublishes + 1);
  for (std::uint64_t id = 1; id <= kPublishes; ++id) {
    BOOST_TEST_REQUIRE(log[id] == "1: " + std::to_string(id) + " published");
  }
  BOOST_TEST(largest <= 65'536U);
  // One frame each would be 10,000. How many it is depends on the scheduler; far fewer it must be.
  BOOST_TEST(frames.load() < kPublishes / 4);
  BOOST_TEST_MESSAGE(frames.load() << " frames for " << kPublishes << " publishes");
}

ENGINE_TEST_CASE(ServerThatReadsNothingIsSentABoundedAmount) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) { connection.Hold(); }));
  Joined joined(engine, peer);
  joined.transport->Connect(1);
  BOOST_TEST_REQUIRE(joined.Next() == "1: connected c-1");
  const auto data = std::make_shared<const std::string>("\"" + std::string(60'000, 'x') + "\"");
  for (std::uint64_t id = 1; id <= 1'000; ++id) joined.Ask(1, id, PublishRequest{"c", data});
  joined.transport->Disconnect(1);
  joined.transport->Connect(2);
  BOOST_TEST(joined.Next() == "2: connected c-1");
}

ENGINE_TEST_CASE(NothingIsReportedAfterDisconnectAndStop) {
  for (const bool stop : {false, true}) {
    std::optional<ScriptedPeer> peer(Greeting([](PeerConnection& connection) {
      for (;;) connection.Send(R"({"push":{"channel":"c","pub":{"data":1}}})");
    }));
    Joined joined(engine, *peer);
    joined.transport->Connect(1);
    joined.recorder->Await(100);
    if (stop) {
      joined.transport->Stop();
    } else {
      joined.transport->Disconnect(1);
    }
    const std::size_t count = joined.recorder->log().size();
    peer.reset();
    joined.transport.reset();
    BOOST_TEST(net::Reaper::Get().WaitUntilEmpty(60s));
    BOOST_TEST(joined.recorder->log().size() == count);
  }
}

ENGINE_TEST_CASE(C10_DisconnectInEveryPhaseLeavesNothingBehind) {
  ScriptedPeer silent([](PeerConnection& connection) { connection.Hold(); });
  ScriptedPeer mute([](PeerConnection& connection) {
    connection.Accept();
    connection.Drain();
  });
  ScriptedPeer good(Greeting([](PeerConnection& connection) { connection.Drain(); }));
  Joined to_silent(engine, silent);
  Joined to_mute(engine, mute);
  Joined to_good(engine, good);
  for (Joined* joined : {&to_silent, &to_mute, &to_good}) {
    for (std::uint64_t connection = 1; connection <= 3; ++connection) {
      joined->transport->Connect(connection);
      joined->transport->Disconnect(connection);
    }
    joined->transport->Connect(4);
  }
  BOOST_TEST(to_good.recorder->AwaitText("4: connected c-1"));
  for (Joined* joined : {&to_silent, &to_mute, &to_good}) joined->transport->Disconnect(4);
  BOOST_TEST(to_silent.recorder->log().empty());
  BOOST_TEST(to_mute.recorder->log().empty());
}

ENGINE_TEST_CASE(RequestsOfAnEarlierConnectionAreDropped) {
  std::promise<std::string> heard;
  ScriptedPeer peer(std::vector<ScriptedPeer::Script>{Greeting([](PeerConnection&) {}),
                                                      Greeting([&heard](PeerConnection& connection) {
                                                        heard.set_value(connection.Receive().value_or("closed"));
                                                        connection.Drain();
                                                      })});
  Joined joined(engine, peer);
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: connected c-1");
  BOOST_TEST(joined.Next() == "1: disconnected 51 reconnect");
  joined.Ask(1, 5, PresenceRequest{"old"});
  joined.transport->Connect(2);
  BOOST_TEST(joined.Next() == "2: connected c-1");
  joined.Ask(1, 6, PresenceRequest{"old"});
  joined.Ask(2, 7, PresenceRequest{"new"});
  BOOST_TEST(heard.get_future().get() == R"({"id":2,"presence":{"channel":"new"}})");
}

ENGINE_TEST_CASE(L4_DestructionWithADeadPeerDoesNotWaitForIt) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) { connection.Hold(); }));
  const auto recorder = std::make_shared<TransportRecorder>();
  auto transport = WebSocket({.url = peer.url(), .engine = engine.kind});
  transport->Start(recorder);
  transport->Connect(1);
  BOOST_TEST(recorder->Next() == "1: connected c-1");
  transport.reset();
  // The engine needs its five seconds for this peer; if those had been waited for, nothing would be left to reap.
  BOOST_TEST(!net::Reaper::Get().WaitUntilEmpty(0ms));
}

ENGINE_TEST_CASE(ListenerMayDieAtAnyTime) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (;;) connection.Send(R"({"push":{"channel":"c","pub":{"data":1}}})");
  }));
  auto recorder = std::make_shared<TransportRecorder>();
  const auto transport = WebSocket({.url = peer.url(), .engine = engine.kind});
  transport->Start(recorder);
  transport->Connect(1);
  recorder->Await(10);
  recorder.reset();
  transport->Stop();
}

ENGINE_TEST_CASE(MembersMayBeCalledFromAllThreadsAtOnce) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (;;) {
      connection.Send("{}");
      if (!connection.Receive()) return;
    }
  }));
  Joined joined(engine, peer);
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> next_id{1};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&joined, &next_id] {
      for (int i = 0; i < 500; ++i) joined.Ask(1 + i / 10U, next_id++, PublishOnC("1"));
    });
  }
  for (std::uint64_t connection = 1; connection <= 50; ++connection) {
    joined.transport->Connect(connection);
    if (connection % 5 == 0) joined.recorder->AwaitText(std::to_string(connection) + ": connected c-1");
    if (connection % 3 == 0) joined.transport->Disconnect(connection);
  }
  for (std::thread& thread : threads) thread.join();
  joined.transport->Connect(1'000);
  BOOST_TEST(joined.recorder->AwaitText("1000: connected c-1"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

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
  explicit Joined(const ScriptedPeer& peer, const std::function<void(WebSocketOptions&)>& change = {}) {
    WebSocketOptions options{.url = peer.url()};
    if (change) change(options);
    transport = WebSocket(options);
    transport->Start(recorder);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifuge_transport, test::NothingLeft)

BOOST_AUTO_TEST_CASE(OptionsThatCannotWorkAreRefusedByName) {
  const std::pair<const char*, std::function<void(WebSocketOptions&)>> cases[] = {
      {"URL", [](WebSocketOptions& o) { o.url = "http://host/"; }},
      {"header", [](WebSocketOptions& o) { o.headers["Bad Name"] = "x"; }},
      {"connect_timeout", [](WebSocketOptions& o) { o.connect_timeout = 0ms; }},
      {"connect_timeout", [](WebSocketOptions& o) { o.connect_timeout = std::chrono::milliseconds::max(); }},
      {"max_ping_delay", [](WebSocketOptions& o) { o.max_ping_delay = -1ms; }},
      {"max_frame_bytes", [](WebSocketOptions& o) { o.max_frame_bytes = 0; }},
      {"max_frame_bytes", [](WebSocketOptions& o) { o.token = std::string(70'000, 't'); }},
      {"max_receive_queue_bytes", [](WebSocketOptions& o) { o.max_receive_queue_bytes = 0; }},
      {"connect_data", [](WebSocketOptions& o) { o.connect_data = "{"; }},
      {"connect_data", [](WebSocketOptions& o) { o.connect_data = "1 2"; }},
  };
  for (const auto& [name, change] : cases) {
    WebSocketOptions options{.url = "ws://127.0.0.1:1/"};
    BOOST_CHECK_NO_THROW(WebSocket(options));
    change(options);
    BOOST_CHECK_EXCEPTION(WebSocket(options), Error, [what = std::string(name)](const Error& error) {
      return error.errc() == Errc::kInvalidArgument && std::string(error.what()).find(what) != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(TransportServesOneClient) {
  const auto transport = WebSocket({.url = "ws://127.0.0.1:1/"});
  BOOST_CHECK_THROW(transport->Connect(1), Error);
  const auto recorder = std::make_shared<TransportRecorder>();
  transport->Start(recorder);
  BOOST_CHECK_THROW(transport->Start(recorder), Error);
  transport->Stop();
  transport->Stop();
  transport->Connect(1);
  transport->Send(1, {});
  transport->Disconnect(1);
  BOOST_TEST(recorder->log().empty());
}

BOOST_AUTO_TEST_CASE(TraitsTellWhatFitsIntoAFrame) {
  const auto transport = WebSocket({.url = "ws://127.0.0.1:1/", .max_frame_bytes = 10'000});
  const TransportTraits traits = transport->Traits();
  BOOST_TEST(traits.name == "centrifuge");
  BOOST_TEST(traits.history);
  BOOST_TEST(traits.presence);
  std::string frame;
  AppendRequest(frame, 4'294'967'295,
                PublishRequest{std::string(255, 'c'),
                               std::make_shared<const std::string>(std::string(traits.max_message_bytes, '1'))});
  BOOST_TEST(frame.size() <= 10'000U);
  BOOST_TEST(frame.size() > 9'900U);
}

BOOST_AUTO_TEST_CASE(ConnectCommandCarriesWhatTheOptionsSay) {
  std::promise<std::string> command;
  ScriptedPeer peer([&command](PeerConnection& connection) {
    connection.Accept();
    command.set_value(connection.Receive().value_or(""));
    connection.Close(3500, "invalid token");
  });
  Joined joined(peer, [](WebSocketOptions& options) {
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

BOOST_AUTO_TEST_CASE(FailuresToConnectAreReportedOnceAndMayBeTriedAgain) {
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
    Joined joined(peer);
    joined.transport->Connect(1);
    BOOST_TEST(joined.Next() == expected);
    joined.transport->Connect(2);
    BOOST_TEST(joined.Next() == "2: connected c-1");
  }
}

BOOST_AUTO_TEST_CASE(C9_ServerThatNeverAnswersTheConnectIsGivenUp) {
  std::promise<std::string> end;
  ScriptedPeer peer([&end](PeerConnection& connection) {
    connection.Accept();
    connection.Receive();
    end.set_value(connection.Receive() ? "more" : "closed");
  });
  Joined joined(peer, [](WebSocketOptions& options) { options.connect_timeout = 50ms; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: disconnected 61 reconnect");
  BOOST_TEST(end.get_future().get() == "closed");
}

BOOST_AUTO_TEST_CASE(ServerThatNeverAnswersTheUpgradeIsGivenUpLongBeforeTheEngineWould) {
  ScriptedPeer peer([](PeerConnection& connection) { connection.Hold(); });
  Joined joined(peer, [](WebSocketOptions& options) { options.connect_timeout = 50ms; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: disconnected 61 reconnect");
}

BOOST_AUTO_TEST_CASE(C5_ServerWhosePingsStopIsGivenUp) {
  ScriptedPeer peer(Greeting(
      [](PeerConnection& connection) {
        connection.Send("{}");
        connection.Drain();
      },
      R"({"id":1,"connect":{"client":"c-1","ping":1,"pong":true}})"));
  Joined joined(peer, [](WebSocketOptions& options) { options.max_ping_delay = 1ms; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: connected c-1");
  BOOST_TEST(joined.Next() == "1: disconnected 51 reconnect");
}

BOOST_AUTO_TEST_CASE(C4_PingsAreAnsweredWithoutTheClient) {
  std::promise<std::string> pong;
  ScriptedPeer peer(Greeting([&pong](PeerConnection& connection) {
    connection.Send("{}");
    pong.set_value(connection.Receive().value_or("closed"));
    connection.Drain();
  }));
  Joined joined(peer);
  joined.transport->Connect(1);
  BOOST_TEST(pong.get_future().get() == "{}");
}

BOOST_AUTO_TEST_CASE(C33_DataBeforeTheCloseIsReportedBeforeTheEnd) {
  constexpr int kPublications = 1'000;
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (int i = 1; i <= kPublications; ++i) {
      connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":" + std::to_string(i) + "}}}");
    }
    connection.Close(3008, "slow");
  }));
  Joined joined(peer);
  joined.transport->Connect(1);
  BOOST_TEST(joined.recorder->AwaitText("1: disconnected 58/3008 reconnect"));
  const auto log = joined.recorder->log();
  BOOST_TEST_REQUIRE(log.size() == kPublications + 2);
  for (std::size_t i = 1; i <= kPublications; ++i) BOOST_TEST_REQUIRE(log[i] == "1: pub c " + std::to_string(i) + ":1");
}

BOOST_AUTO_TEST_CASE(GarbageInTheMiddleEndsTheConnectionAfterWhatWasGood) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":1}}}\n{\"push\":{\"chan");
    connection.Drain();
  }));
  Joined joined(peer);
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: connected c-1");
  BOOST_TEST(joined.Next() == "1: pub c 1:1");
  BOOST_TEST(joined.Next() == "1: disconnected 52 reconnect");
}

BOOST_AUTO_TEST_CASE(L2_ClientThatTakesNothingOverLosesTheConnectionAndMayComeBack) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (;;) {
      connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":\"" + std::string(10'000, 'x') + "\"}}}");
    }
  }));
  Joined joined(peer, [](WebSocketOptions& options) { options.max_receive_queue_bytes = 100'000; });
  joined.recorder->KeepHolds(true);
  joined.transport->Connect(1);
  BOOST_TEST(joined.recorder->AwaitText("1: disconnected 58 reconnect"));
  BOOST_TEST(joined.recorder->log().size() <= 12U);
  joined.recorder->KeepHolds(false);
  joined.transport->Connect(2);
  BOOST_TEST(joined.recorder->AwaitText("2: connected c-1"));
  BOOST_TEST(joined.recorder->Await(200).starts_with("2: pub"));
}

BOOST_AUTO_TEST_CASE(MessageAboveTheReceiveBoundPassesAlone) {
  // Else a recovery larger than the bound would end every connection that it is sent on.
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    connection.Receive();
    connection.Send("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":\"" + std::string(10'000, 'x') + "\"}}}");
    connection.Drain();
  }));
  Joined joined(peer, [](WebSocketOptions& options) { options.max_receive_queue_bytes = 1'000; });
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: connected c-1");
  joined.Ask(1, 5, PresenceRequest{"c"});
  BOOST_TEST(joined.Next().starts_with("1: pub c 0:\"xxx"));
}

BOOST_AUTO_TEST_CASE(TenThousandPublishesShareFramesAndEachIsAnswered) {
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
  Joined joined(peer);
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

BOOST_AUTO_TEST_CASE(ServerThatReadsNothingIsSentABoundedAmount) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) { connection.Hold(); }));
  Joined joined(peer);
  joined.transport->Connect(1);
  BOOST_TEST_REQUIRE(joined.Next() == "1: connected c-1");
  const auto data = std::make_shared<const std::string>("\"" + std::string(60'000, 'x') + "\"");
  for (std::uint64_t id = 1; id <= 1'000; ++id) joined.Ask(1, id, PublishRequest{"c", data});
  joined.transport->Disconnect(1);
  joined.transport->Connect(2);
  BOOST_TEST(joined.Next() == "2: connected c-1");
}

BOOST_AUTO_TEST_CASE(NothingIsReportedAfterDisconnectAndStop) {
  for (const bool stop : {false, true}) {
    std::optional<ScriptedPeer> peer(Greeting([](PeerConnection& connection) {
      for (;;) connection.Send(R"({"push":{"channel":"c","pub":{"data":1}}})");
    }));
    Joined joined(*peer);
    joined.transport->Connect(1);
    joined.recorder->Await(100);
    if (stop) {
      joined.transport->Stop();
    } else {
      joined.transport->Disconnect(1);
    }
    const std::size_t count = joined.recorder->log().size();
    peer.reset();
    BOOST_TEST(net::Reaper::Get().WaitUntilEmpty(60s));
    BOOST_TEST(joined.recorder->log().size() == count);
  }
}

BOOST_AUTO_TEST_CASE(C10_DisconnectInEveryPhaseLeavesNothingBehind) {
  ScriptedPeer silent([](PeerConnection& connection) { connection.Hold(); });
  ScriptedPeer mute([](PeerConnection& connection) {
    connection.Accept();
    connection.Drain();
  });
  ScriptedPeer good(Greeting([](PeerConnection& connection) { connection.Drain(); }));
  Joined to_silent(silent);
  Joined to_mute(mute);
  Joined to_good(good);
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

BOOST_AUTO_TEST_CASE(RequestsOfAnEarlierConnectionAreDropped) {
  std::promise<std::string> heard;
  ScriptedPeer peer(std::vector<ScriptedPeer::Script>{Greeting([](PeerConnection&) {}),
                                                      Greeting([&heard](PeerConnection& connection) {
                                                        heard.set_value(connection.Receive().value_or("closed"));
                                                        connection.Drain();
                                                      })});
  Joined joined(peer);
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

BOOST_AUTO_TEST_CASE(L4_DestructionWithADeadPeerDoesNotWaitForIt) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) { connection.Hold(); }));
  const auto recorder = std::make_shared<TransportRecorder>();
  auto transport = WebSocket({.url = peer.url()});
  transport->Start(recorder);
  transport->Connect(1);
  BOOST_TEST(recorder->Next() == "1: connected c-1");
  transport.reset();
  // The engine needs its five seconds for this peer; if those had been waited for, nothing would be left to reap.
  BOOST_TEST(!net::Reaper::Get().WaitUntilEmpty(0ms));
}

BOOST_AUTO_TEST_CASE(ListenerMayDieAtAnyTime) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (;;) connection.Send(R"({"push":{"channel":"c","pub":{"data":1}}})");
  }));
  auto recorder = std::make_shared<TransportRecorder>();
  const auto transport = WebSocket({.url = peer.url()});
  transport->Start(recorder);
  transport->Connect(1);
  recorder->Await(10);
  recorder.reset();
  transport->Stop();
}

BOOST_AUTO_TEST_CASE(MembersMayBeCalledFromAllThreadsAtOnce) {
  ScriptedPeer peer(Greeting([](PeerConnection& connection) {
    for (;;) {
      connection.Send("{}");
      if (!connection.Receive()) return;
    }
  }));
  Joined joined(peer);
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

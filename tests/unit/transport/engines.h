#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_ENGINES_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_ENGINES_H_

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "gapless/websocket.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/socket_recorder.h"
#include "tests/unit/transport/transport_driver.h"
#include "transport/net/http.h"
#include "transport/net/reaper.h"
#include "transport/net/websocket.h"

namespace gapless::test {

/// A library to be tested, with its engines. Each keeps the same promises at the seams.
struct TestedEngine {
  std::string name;
  WebSocketEngineKind kind;
  std::shared_ptr<net::WebSocketEngine> (*make)();
  std::shared_ptr<net::HttpEngine> (*make_http)();

  bool is_beast() const { return kind == WebSocketEngineKind::kBeast; }
  std::unique_ptr<net::WebSocketConnection> Connect(const std::string& url,
                                                    const std::shared_ptr<SocketRecorder>& recorder) const {
    return make()->Connect({.url = url, .headers = {}, .subprotocols = {}}, recorder);
  }
};

inline const TestedEngine kCpprest{"cpprest", WebSocketEngineKind::kCpprest,
                                   [] { return net::CpprestWebSocketEngine(); },
                                   [] { return net::CpprestHttpEngine(); }};
inline const TestedEngine kBeast{"beast", WebSocketEngineKind::kBeast,
                                 [] { return net::BeastWebSocketEngine({.upgrade_timeout = std::chrono::seconds{5}}); },
                                 [] { return net::BeastHttpEngine(); }};

inline bool AllReaped() { return net::Reaper::Get().WaitUntilEmpty(kHangs); }

/// ENGINE_TEST_CASE(Name) { … }: one case over each engine, which the body knows as `engine`.
#define ENGINE_TEST_CASE(name)                                                                                \
  static void name(const gapless::test::TestedEngine& engine);                                                \
  BOOST_FIXTURE_TEST_CASE(name##_over_cpprest, gapless::test::NothingLeft) { name(gapless::test::kCpprest); } \
  BOOST_FIXTURE_TEST_CASE(name##_over_beast, gapless::test::NothingLeft) { name(gapless::test::kBeast); }     \
  static void name(const gapless::test::TestedEngine& engine)

/// What a client gets to see of a peer, until the end.
struct Seen {
  std::vector<std::string> log;
  net::WebSocketEnd end;
};

inline Seen See(const TestedEngine& engine, const ScriptedPeer::Script& script) {
  ScriptedPeer peer(script);
  const auto recorder = std::make_shared<SocketRecorder>();
  const auto connection = engine.Connect(peer.url(), recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForEnd());
  return {recorder->log(), recorder->end()};
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_ENGINES_H_

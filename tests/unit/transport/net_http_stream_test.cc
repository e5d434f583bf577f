// Answers that are taken while they arrive.

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/http_exchange.h"
#include "tests/unit/transport/scripted_peer.h"
#include "transport/net/http.h"

namespace gapless::net {
namespace {

using namespace std::chrono_literals;
using test::PeerConnection;
using test::ScriptedPeer;
using test::TestedEngine;
using test::TextOf;

const std::string kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Gathers what it is told as one text: "200:", then the body, then "|" and the outcome.
class Gathered final : public HttpParts {
 public:
  void OnHead(const HttpResponse& head) override { Add(std::to_string(head.status) + ":"); }
  void OnPart(std::string_view bytes) override { Add(std::string(bytes)); }
  void Add(const std::string& text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    text_ += text;
    changed_.notify_all();
  }
  /// Waits until the text is this; returns what it is, if that never comes.
  std::string WaitFor(const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, test::kHangs, [&] { return text_ == text; });
    return text_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

struct Streamed {
  Streamed(const TestedEngine& engine, const ScriptedPeer& peer, std::chrono::milliseconds timeout = 30s) {
    call = engine.make_http()->Stream(
        {.method = "POST",
         .url = "http://127.0.0.1:" + std::to_string(peer.port()) + "/s",
         .body = "b",
         .timeout = timeout},
        gathered, [gathered = gathered](const HttpOutcome& outcome) {
          const auto* error = std::get_if<Error>(&outcome);
          gathered->Add("|" +
                        (error != nullptr ? error->code().message() : "end" + std::get<HttpResponse>(outcome).body));
        });
  }
  std::shared_ptr<Gathered> gathered = std::make_shared<Gathered>();
  std::unique_ptr<HttpCall> call;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(net_http_stream)

ENGINE_TEST_CASE(PartsComeAsTheyArriveAndThenTheEnd) {
  std::promise<void> seen_first;
  ScriptedPeer peer([&](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(kHead + "3\r\none\r\n");
    seen_first.get_future().wait();
    connection.SendRaw("3\r\ntwo\r\n0\r\n\r\n");
  });
  Streamed streamed(engine, peer);
  BOOST_TEST(streamed.gathered->WaitFor("200:one") == "200:one");
  seen_first.set_value();
  BOOST_TEST(streamed.gathered->WaitFor("200:onetwo|end") == "200:onetwo|end");
}

ENGINE_TEST_CASE(MuchMoreThanAnAnswerMayHoldPasses) {
  const std::string piece(64 * 1024, 'x');
  constexpr int kPieces = 30;
  ScriptedPeer peer([&](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(kHead);
    for (int i = 0; i < kPieces; ++i) connection.SendRaw("10000\r\n" + piece + "\r\n");
    connection.SendRaw("0\r\n\r\n");
  });
  std::string whole = "200:";
  for (int i = 0; i < kPieces; ++i) whole += piece;
  whole += "|end";
  BOOST_TEST((Streamed(engine, peer).gathered->WaitFor(whole) == whole));
}

ENGINE_TEST_CASE(AnotherStatusIsToldWithTheHead) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw("HTTP/1.1 503 Away\r\nContent-Length: 6\r\n\r\n<html>");
  });
  BOOST_TEST(Streamed(engine, peer).gathered->WaitFor("503:<html>|end") == "503:<html>|end");
}

ENGINE_TEST_CASE(AStreamThatBreaksKeepsWhatCameBefore) {
  ScriptedPeer peer([](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(kHead + "3\r\none\r\n");
  });
  const std::string expected = "200:one|" + TextOf(Errc::kConnectionLost);
  BOOST_TEST(Streamed(engine, peer).gathered->WaitFor(expected) == expected);
}

ENGINE_TEST_CASE(OnlyTheHeadIsWaitedForWithinTheTimeout) {
  ScriptedPeer silent([](PeerConnection& connection) { connection.Hold(); });
  const std::string timed_out = "|" + TextOf(Errc::kTimeout);
  BOOST_TEST(Streamed(engine, silent, 50ms).gathered->WaitFor(timed_out) == timed_out);
}

ENGINE_TEST_CASE(AStreamThatHasBegunGoesOnAfterTheTimeout) {
  std::promise<void> later;
  ScriptedPeer peer([&later](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(kHead + "3\r\none\r\n");
    later.get_future().wait();
    connection.SendRaw("3\r\ntwo\r\n0\r\n\r\n");
  });
  // Its time may be short, for the one that begins after its head, and whose time is the same, tells when it is over.
  constexpr std::chrono::milliseconds kTimeout = 300ms;
  Streamed streamed(engine, peer, kTimeout);
  BOOST_TEST_REQUIRE(streamed.gathered->WaitFor("200:one") == "200:one");
  ScriptedPeer silent([](PeerConnection& connection) { connection.Hold(); });
  const std::string timed_out = "|" + TextOf(Errc::kTimeout);
  BOOST_TEST(Streamed(engine, silent, kTimeout).gathered->WaitFor(timed_out) == timed_out);
  later.set_value();
  BOOST_TEST(streamed.gathered->WaitFor("200:onetwo|end") == "200:onetwo|end");
}

ENGINE_TEST_CASE(NothingIsToldAfterCancelling) {
  std::promise<void> cancelled;
  std::promise<void> sent;
  ScriptedPeer peer([&](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw(kHead + "3\r\none\r\n");
    cancelled.get_future().wait();
    try {
      connection.Drain();
    } catch (const std::exception&) {
      // The client is gone, which is what it was waiting for.
    }
    sent.set_value();
  });
  Streamed streamed(engine, peer);
  streamed.gathered->WaitFor("200:one");
  streamed.call->Cancel();
  cancelled.set_value();
  sent.get_future().wait();
  BOOST_TEST(streamed.gathered->WaitFor("200:one") == "200:one");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

// The end of a transport while its socket has something to say.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gapless/runtime.h"
#include "gapless/websocket.h"
#include "transport/centrifuge/transport.h"

namespace gapless::centrifuge {
namespace {

/// Makes connections that do nothing by themselves.
class SilentEngine final : public net::WebSocketEngine {
 public:
  std::unique_ptr<net::WebSocketConnection> Connect(const net::WebSocketRequest& /*request*/,
                                                    std::weak_ptr<net::WebSocketEvents> events) override {
    last_ = std::move(events);
    return std::make_unique<Connection>();
  }
  /// The last connection ends; told on this thread.
  void EndLast() const {
    if (const auto events = last_.lock()) events->OnEnd({net::WebSocketEnd::Cause::kLost, 0, {}, "it ended"});
  }

 private:
  class Connection final : public net::WebSocketConnection {
   public:
    void Send(std::string /*message*/) override {}
    void HangUp(Farewell /*farewell*/) override {}
  };
  std::weak_ptr<net::WebSocketEvents> last_;
};

/// Lets go of the test's reference when it is told something, so that the transport has the last one.
class Leaving final : public TransportListener {
 public:
  Leaving(std::shared_ptr<Leaving>& owner, std::function<void()> gone) : owner_(owner), gone_(std::move(gone)) {}
  ~Leaving() override { gone_(); }
  void OnTransportEvents(std::vector<TransportEvent> /*events*/) override { owner_.reset(); }

 private:
  std::shared_ptr<Leaving>& owner_;
  const std::function<void()> gone_;
};

struct Fixture {
  std::shared_ptr<SilentEngine> engine = std::make_shared<SilentEngine>();
  std::shared_ptr<Transport> transport =
      MakeTransport(WebSocketOptions{.url = "ws://127.0.0.1:1/"}, engine, ThreadedRuntime());
  std::shared_ptr<Leaving> listener;

  void Begin(std::function<void()> gone) {
    listener = std::make_shared<Leaving>(listener, std::move(gone));
    transport->Start(listener);
    transport->Connect(1);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifuge_stop, Fixture)

// Else whoever destroys a client and opens its state again finds it in use now and then.
BOOST_AUTO_TEST_CASE(L4_L5_nothing_holds_the_listener_once_the_transport_has_stopped) {
  std::promise<void> going;
  std::atomic<bool> gone{false};
  Begin([&] {
    going.set_value();
    for (int n = 0; n < 1'000; ++n) std::this_thread::yield();
    gone = true;
  });
  std::thread socket([this] { engine->EndLast(); });
  going.get_future().wait();
  transport->Stop();
  BOOST_TEST(gone);
  socket.join();
}

BOOST_AUTO_TEST_CASE(L4_a_listener_that_goes_while_it_is_told_something_may_stop_the_transport) {
  bool stopped = false;
  Begin([&] {
    transport->Stop();
    stopped = true;
  });
  engine->EndLast();
  BOOST_TEST(stopped);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

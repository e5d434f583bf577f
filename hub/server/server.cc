#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gapless/error.h"
#include "gapless/hub.h"
#include "hub/mix.h"
#include "hub/server/codes.h"
#include "hub/server/connection.h"

namespace gapless {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// What is left after it at the end is cut.
constexpr std::chrono::milliseconds kShutdownTimeout{700};
/// Before accepting again when the system had no descriptor left.
constexpr std::chrono::milliseconds kAcceptPause{50};
/// Far from where sums of time points overflow.
constexpr std::chrono::hours kLongestSpan{24 * 365};
constexpr std::size_t kMostMessageBytes = std::size_t{1} << 30;
constexpr std::size_t kMaxReasonBytes = 123;
constexpr std::size_t kMaxKeyBytes = 200;

std::chrono::milliseconds CheckedSpan(std::chrono::milliseconds span, std::chrono::milliseconds least,
                                      const char* name) {
  if (span < least || span > kLongestSpan) {
    throw Error(Errc::kInvalidArgument, std::string("HubServerOptions.") + name + " is " +
                                            std::to_string(span.count()) + " ms; it must be " +
                                            std::to_string(least.count()) + " ms to a year");
  }
  return span;
}

HubServerOptions Checked(const HubServerOptions& options) {
  CheckedSpan(options.ping_interval, std::chrono::milliseconds{0}, "ping_interval");
  CheckedSpan(options.pong_timeout, std::chrono::milliseconds{0}, "pong_timeout");
  CheckedSpan(options.connect_timeout, std::chrono::milliseconds{1}, "connect_timeout");
  CheckedSpan(options.expired_close_delay, std::chrono::milliseconds{0}, "expired_close_delay");
  CheckedSpan(options.expired_sub_close_delay, std::chrono::milliseconds{0}, "expired_sub_close_delay");
  if (options.max_message_bytes == 0 || options.max_message_bytes > kMostMessageBytes) {
    throw Error(Errc::kInvalidArgument, "HubServerOptions.max_message_bytes must be 1 byte to 1 GiB");
  }
  if (options.max_queue_bytes == 0) {
    throw Error(Errc::kInvalidArgument, "HubServerOptions.max_queue_bytes must be above 0");
  }
  const bool printable =
      std::all_of(options.api_key.begin(), options.api_key.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
  if (!printable || options.api_key.size() > kMaxKeyBytes) {
    throw Error(Errc::kInvalidArgument, "HubServerOptions.api_key must be up to 200 bytes of printable ASCII");
  }
  return options;
}

// The others either mean that there was no close frame or belong to nobody.
bool CanBeSent(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

// Everything but the constructor and the destructor happens on `thread`.
struct HubServer::Impl {
  Impl(std::shared_ptr<Hub> the_hub, const HubServerOptions& options)
      : hub(std::move(the_hub)),
        context{.options = Checked(options),
                .core = hub->core(),
                .encoder = std::make_shared<hub::PushEncoder>(),
                .streams = std::make_shared<hub::StreamSessions>(),
                .on_begin = [this](std::shared_ptr<hub::Connection> talk) { connections.emplace(talk.get(), talk); },
                .on_end = [this](hub::Connection* connection) { OnEnd(connection); }},
        acceptor(io),
        timer(io),
        work(asio::make_work_guard(io)) {
    Listen(options.port);
    Accept();
    thread = std::thread([this] { io.run(); });
  }

  ~Impl() {
    asio::post(io, [this] { ShutDown(); });
    thread.join();
  }

  void Listen(std::uint16_t wanted) {
    try {
      const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), wanted);
      acceptor.open(endpoint.protocol());
      acceptor.set_option(asio::socket_base::reuse_address(true));
      acceptor.bind(endpoint);
      acceptor.listen();
      port = acceptor.local_endpoint().port();
      context.streams->node = "hub-" + std::to_string(port);
    } catch (const boost::system::system_error& error) {
      throw Error(Errc::kConnectFailed, "the hub server cannot listen on 127.0.0.1:" + std::to_string(wanted) + ": " +
                                            error.what() + "; choose another port, or 0 for a free one");
    }
  }

  void Accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (shutting_down) return;
      if (!error) {
        std::shared_ptr<hub::Connection> connection =
            hub::StartConnection(std::move(socket), context, hub::Mix(++accepted));
        connections.emplace(connection.get(), std::move(connection));
        return Accept();
      }
      timer.expires_after(kAcceptPause);
      timer.async_wait([this](error_code cancelled) {
        if (!cancelled && !shutting_down) Accept();
      });
    });
  }

  void OnEnd(hub::Connection* connection) {
    connections.erase(connection);
    if (shutting_down && connections.empty()) Finish();
  }

  void ShutDown() {
    shutting_down = true;
    error_code ignored;  // It takes nothing any more either way.
    acceptor.close(ignored);
    timer.expires_after(kShutdownTimeout);
    timer.async_wait([this](error_code cancelled) {
      if (!cancelled) ForEach([](hub::Connection& connection) { connection.Cut(); });
    });
    ForEach([](hub::Connection& connection) { connection.Close(hub::ReasonOf(hub::Disconnect::kShutdown)); });
    if (connections.empty()) Finish();
  }

  // With all connections ended and no timer left, the thread runs out of work.
  void Finish() {
    timer.cancel();
    work.reset();
  }

  // `act` may end the connection.
  template <class Act>
  void ForEach(Act act) {
    std::vector<std::shared_ptr<hub::Connection>> all;
    all.reserve(connections.size());
    for (const auto& [key, connection] : connections) all.push_back(connection);
    for (const auto& connection : all) act(*connection);
  }

  // Calls `act` for each open connection, on the thread; returns for how many it was true.
  template <class Act>
  std::size_t CountOpen(Act act) {
    std::promise<std::size_t> count;
    asio::post(io, [&] {
      std::size_t open = 0;
      ForEach([&](hub::Connection& connection) { open += connection.open() && act(connection) ? 1 : 0; });
      count.set_value(open);
    });
    return count.get_future().get();
  }

  const std::shared_ptr<Hub> hub;
  asio::io_context io{1};
  const hub::ConnectionContext context;
  tcp::acceptor acceptor;
  asio::steady_timer timer;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::unordered_map<hub::Connection*, std::shared_ptr<hub::Connection>> connections;
  std::uint64_t accepted = 0;
  bool shutting_down = false;
  std::uint16_t port = 0;
  std::thread thread;
};

HubServer::HubServer(std::shared_ptr<Hub> hub, HubServerOptions options) {
  if (!hub) throw Error(Errc::kInvalidArgument, "HubServer needs a hub to serve; it was given null");
  impl_ = std::make_unique<Impl>(std::move(hub), options);
}
HubServer::~HubServer() = default;

std::uint16_t HubServer::port() const { return impl_->port; }

std::string HubServer::url() const { return "ws://127.0.0.1:" + std::to_string(port()) + "/connection/websocket"; }

std::size_t HubServer::connection_count() const {
  return impl_->CountOpen([](hub::Connection&) { return true; });
}

std::size_t HubServer::CutConnections() {
  return impl_->CountOpen([](hub::Connection& connection) {
    connection.Cut();
    return true;
  });
}

std::size_t HubServer::CloseConnections(std::uint16_t code, std::string_view reason) {
  if (!CanBeSent(code) || reason.size() > kMaxReasonBytes) {
    throw Error(Errc::kInvalidArgument,
                "a close frame carries a code of 1000-1003, 1007-1014 or 3000-4999 and a reason of "
                "up to 123 bytes; to end connections without one, cut them")
        .WithServerCode(code);
  }
  return impl_->CountOpen([&](hub::Connection& connection) {
    connection.Close({code, std::string(reason)});
    return true;
  });
}

std::size_t HubServer::PushUnsubscribe(std::string_view channel, std::uint32_t code, std::string_view reason) {
  return impl_->CountOpen([&, name = std::string(channel)](hub::Connection& connection) {
    return connection.EndSubscription(name, code, reason);
  });
}

}  // namespace gapless

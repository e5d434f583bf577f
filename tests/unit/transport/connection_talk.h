#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_CONNECTION_TALK_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_CONNECTION_TALK_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/unit/transport/event_text.h"
#include "transport/centrifuge/connection.h"

namespace gapless::test {

using centrifuge::Carried;
using centrifuge::Connection;
using centrifuge::FetchedToken;
using centrifuge::Output;
using centrifuge::TokenOwner;
using centrifuge::TokenStore;
using Log = std::vector<std::string>;

inline constexpr const char* kConnectFrame = R"(-> {"id":1,"connect":{"token":"T","name":"test"}})";
inline constexpr const char* kWelcome = R"({"id":1,"connect":{"client":"c-1","ping":25,"pong":true}})";

inline PublishRequest Publish(const std::string& data) { return {"c", std::make_shared<const std::string>(data)}; }

/// A conversation with a connection machine under a clock of its own. Each step returns what it made the machine do:
/// events in the words of `EventText`, "-> frame", and "hang up".
class Talk {
 public:
  Connection::Options options{.connect = {.name = "test"},
                              .server = "ws://server",
                              .connect_timeout = std::chrono::seconds{10},
                              .max_ping_delay = std::chrono::seconds{10},
                              .max_frame_bytes = 65'536};
  TimePoint now{std::chrono::seconds{1'000}};
  Carried carried;
  std::optional<Connection> connection;

  explicit Talk(TokenStore tokens = TokenStore("T", false, false)) : carried{std::move(tokens)} { Reconnect(); }

  /// Goes on with a new connection, of which nothing has been done yet.
  void Reconnect() { connection.emplace(options, carried, 1); }
  Log Start() {
    return Do([this](Output& out) { connection->Start(now, out); });
  }
  /// What the user's function returned or threw.
  Log Fetched(const TokenOwner& owner, FetchedToken fetched) {
    const FetchedToken taken = carried.tokens.Take(owner, std::move(fetched));
    return Do([&](Output& out) { connection->TokenFetched(owner, taken, now, out); });
  }
  Log Open() {
    Start();
    return Do([this](Output& out) { connection->SocketOpened(out); });
  }
  Log Sent() {
    return Do([this](Output& out) { connection->FrameSent(out); });
  }
  Log Hear(const std::string& frame) {
    return Do([&](Output& out) { connection->Take(decoder_.Decode(frame), now, out); });
  }
  Log End(const net::WebSocketEnd& end) {
    return Do([&](Output& out) { connection->SocketEnded(end, out); });
  }
  Log Overflow() {
    return Do([this](Output& out) { connection->Overflowed(out); });
  }
  Log Ask(std::vector<TransportRequest> requests) {
    return Do([&](Output& out) { connection->Ask(std::move(requests), now, out); });
  }
  Log AskOne(std::uint64_t id, decltype(TransportRequest::body) body) {
    std::vector<TransportRequest> requests;
    requests.push_back({id, std::move(body)});
    return Ask(std::move(requests));
  }
  Log After(Duration span) {
    now += span;
    return Do([this](Output& out) { connection->Tick(now, out); });
  }
  /// The connection is made and the socket is idle.
  Talk& Connected(const std::string& welcome = kWelcome) {
    Open();
    Sent();
    Hear(welcome);
    return *this;
  }
  Error LastError() const { return last_error_; }

 private:
  template <typename Step>
  Log Do(const Step& step) {
    Output out;
    step(out);
    Log log;
    for (const TokenOwner& owner : out.fetches) log.push_back("fetch " + (owner.empty() ? "connection" : owner));
    if (out.open_socket) log.emplace_back("open");
    for (const auto& event : out.events) {
      log.push_back(std::visit(EventText(), event));
      if (const auto* lost = std::get_if<DisconnectedEvent>(&event)) last_error_ = lost->error;
      if (const auto* warning = std::get_if<WarningEvent>(&event)) last_error_ = warning->error;
    }
    if (!out.frame.empty()) log.push_back("-> " + out.frame);
    if (out.hang_up) {
      log.emplace_back(*out.hang_up == net::WebSocketConnection::Farewell::kPolite ? "hang up" : "hang up abruptly");
    }
    return log;
  }

  centrifuge::Decoder decoder_;
  Error last_error_{Errc::kInternal, "none yet"};
};

inline const Log kNothing;

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_CONNECTION_TALK_H_

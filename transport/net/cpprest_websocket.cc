// The engine on cpprestsdk's websocket_callback_client, whose traps end here:
//
//   what it does                                           | what is done about it
//   -------------------------------------------------------+----------------------------------------------------
//   one object makes one connection, a second connect()    | one object per attempt
//     aborts                                               |
//   the destructor waits for its threads, and for ever     | it runs on the reaper's thread, once there is
//     when it runs on one of them                          |   nothing left to wait for
//   close() does nothing while it connects, and may wait   | it is called after connect() has succeeded; until
//     for a lock that a slow resolver holds                |   then the wish to leave is only noted
//   close() on another thread than its own, in the moment  | it is called in a handler on its own thread, which
//     in which the connection ends by itself, makes it     |   a ping brings about; elsewhere only if the peer
//     end twice: five seconds later the process aborts     |   answers nothing, so that no end is on its way
//   messages may come before connect() is done, a close    | whatever comes first reports the open; the end is
//     before its continuation has run                      |   reported when both are known
//   the close handler runs for failed connects too         | the failure of connect() is what counts
//   an exception out of a handler, or a task's that        | every handler and continuation catches, every task
//     nobody looked at, terminates the process             |   has a continuation
//   its own complaints look like the peer's close frame    | they are told apart by their texts
//   nothing bounds what it is given to send                | one message at a time, see WebSocketConnection::Send

#include <cpprest/ws_client.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "gapless/error.h"
#include "transport/net/cpprest_tls.h"
#include "transport/net/reaper.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

namespace cpprest = web::websockets::client;
using Farewell = WebSocketConnection::Farewell;

constexpr std::uint16_t kProtocolError = 1002;
constexpr std::uint16_t kNoCloseFrame = 1006;
constexpr std::uint16_t kInvalidPayload = 1007;
constexpr std::uint16_t kMessageTooBig = 1009;
constexpr std::uint16_t kInternalError = 1011;

// What websocketpp, below cpprest, writes into the close frame when the peer is at fault.
constexpr std::string_view kTooLargeText = "A message was too large";
constexpr std::array<std::string_view, 12> kViolationTexts = {
    "Generic protocol violation",
    "A payload contained invalid data",
    "invalid opcode",
    "Control messages are limited to fewer than 125 characters",
    "Invalid use of reserved bits",
    "Control messages cannot be fragmented",
    "Invalid message continuation",
    "Servers may not send masked frames",
    "Payload length was not minimally encoded",
    "Invalid UTF8 encoding",
    "Invalid close code",
    "Invalid close reason",
};

WebSocketEnd EndFrom(std::uint16_t code, std::string reason, const std::error_code& error) {
  using Cause = WebSocketEnd::Cause;
  const bool violation = (code == kProtocolError || code == kInvalidPayload || code == kInternalError) &&
                         std::find(kViolationTexts.begin(), kViolationTexts.end(), reason) != kViolationTexts.end();
  if (violation) return {Cause::kPeerViolation, 0, {}, std::move(reason)};
  if (code == kMessageTooBig && reason == kTooLargeText) return {Cause::kMessageTooLarge, 0, {}, std::move(reason)};
  if (code == kNoCloseFrame || code == 0) return {Cause::kLost, 0, {}, error ? error.message() : std::move(reason)};
  return {Cause::kClosedByPeer, code, std::move(reason), {}};
}

// How long a peer may take to answer the ping that brings its connection to a close.
constexpr std::chrono::milliseconds kPongPatience{1'000};

// Every task of cpprest that is not otherwise looked at goes through here.
void Observe(const pplx::task<void>& task) {
  task.then([](const pplx::task<void>& done) {
    try {
      done.get();
    } catch (const std::exception&) {
      // A ping or close that fails found the connection gone already. The close handler tells the rest.
      return;
    }
  });
}

cpprest::websocket_client_config ConfigFor(const WebSocketRequest& request, std::shared_ptr<TlsFindings> findings) {
  cpprest::websocket_client_config config;
  for (const auto& [name, value] : request.headers) {
    config.headers().add(utility::conversions::to_string_t(name), utility::conversions::to_string_t(value));
  }
  for (const std::string& subprotocol : request.subprotocols) {
    config.add_subprotocol(utility::conversions::to_string_t(subprotocol));
  }
  SetTls(config, request.url, request.tls, std::move(findings));
  return config;
}

/// One attempt and the connection that it becomes. The reaper keeps it alive until its client is destroyed, so that
/// no handler can hold the last reference.
///
///   connecting --connect() succeeded, or a message came--> open
///   connecting, open --HangUp, a failed send or listener--> leaving: a ping goes out once connected
///   leaving --any message, pong or ping of the peer, or none for a while--> closing
///   connecting --connect() failed--> over
///   any --connect() has succeeded and the close handler has run--> over
class Attempt final : public Mortal, public std::enable_shared_from_this<Attempt> {
 public:
  explicit Attempt(std::weak_ptr<WebSocketEvents> events) : events_(std::move(events)) {}

  void Start(const WebSocketRequest& request);
  void Send(std::string message);
  void HangUp(Farewell farewell);
  void End() override { HangUp(Farewell::kAbrupt); }

 private:
  enum class State : std::uint8_t { kConnecting, kOpen, kLeaving, kClosing, kOver };

  void OnConnectDone(const pplx::task<void>& done);
  void OnMessage(const cpprest::websocket_incoming_message& message);
  void OnClose(WebSocketEnd end);
  void OnSendDone(const pplx::task<void>& done);

  /// Reports the open if that has not been done. Under `reporting_`.
  void ReportOpen();
  void Break(const std::string& why);
  /// Brings about a call of `CloseIfLeaving` on the connection's own thread. Under `mutex_`.
  void BeginToLeave();
  void CloseIfLeaving();
  void Finish(WebSocketEnd end);
  /// Runs `report` on the listener, if it still listens; an exception breaks the connection.
  template <typename Report>
  void Tell(const Report& report);

  /// Held while `OnOpen`, `OnMessage` or `OnEnd` are reported. Never taken by `Send` and `HangUp`, which may be
  /// called with locks held that those reports wait for.
  std::mutex reporting_;
  bool open_reported_ = false;

  std::mutex mutex_;
  State state_ = State::kConnecting;
  bool connected_ = false;
  std::optional<Farewell> farewell_;
  std::optional<WebSocketEnd> end_;
  std::string broken_by_;
  std::weak_ptr<WebSocketEvents> events_;
  const std::shared_ptr<TlsFindings> findings_ = std::make_shared<TlsFindings>();
  /// Destroyed by the reaper only.
  std::unique_ptr<cpprest::websocket_callback_client> client_;
};

void Attempt::Start(const WebSocketRequest& request) {
  const web::uri uri(utility::conversions::to_string_t(request.url));
  client_ = std::make_unique<cpprest::websocket_callback_client>(ConfigFor(request, findings_));
  client_->set_message_handler([weak = weak_from_this()](const cpprest::websocket_incoming_message& message) {
    if (const auto self = weak.lock()) self->OnMessage(message);
  });
  client_->set_close_handler([weak = weak_from_this()](cpprest::websocket_close_status status,
                                                       const utility::string_t& reason, const std::error_code& error) {
    const auto self = weak.lock();
    if (!self) return;
    self->OnClose(EndFrom(static_cast<std::uint16_t>(status), utility::conversions::to_utf8string(reason), error));
  });
  if (!Reaper::GetOverCpprest().Admit(shared_from_this())) {
    throw Error(Errc::kConnectFailed, "no connection is made while the process exits");
  }
  try {
    client_->connect(uri).then(
        [self = shared_from_this()](const pplx::task<void>& done) { self->OnConnectDone(done); });
  } catch (const std::exception& error) {
    // Where the thread of the connection could not be made, the client's destructor would wait for it for ever.
    Reaper::Get().Immure(this);
    throw Error(Errc::kConnectFailed, std::string("cpprest could not begin to connect: ") + error.what());
  }
}

void Attempt::OnConnectDone(const pplx::task<void>& done) {
  try {
    done.get();
  } catch (const std::exception& error) {
    Finish({WebSocketEnd::Cause::kConnectFailed, 0, {}, findings_->Or(error.what())});
    return;
  }
  std::optional<WebSocketEnd> end;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    connected_ = true;
    end = end_;
    if (!end && state_ == State::kLeaving) BeginToLeave();
  }
  {
    const std::lock_guard<std::mutex> lock(reporting_);
    ReportOpen();
  }
  if (end) Finish(std::move(*end));
}

void Attempt::OnMessage(const cpprest::websocket_incoming_message& message) {
  const auto type = message.message_type();
  if (type != cpprest::websocket_message_type::ping && type != cpprest::websocket_message_type::pong) {
    const std::lock_guard<std::mutex> lock(reporting_);
    ReportOpen();
    if (type == cpprest::websocket_message_type::text_message) {
      Tell([&message](WebSocketEvents& events) { events.OnMessage(message.extract_string().get()); });
    } else {
      Break("the peer sent a binary message");
    }
  }
  CloseIfLeaving();
}

void Attempt::OnClose(WebSocketEnd end) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!broken_by_.empty()) end = {WebSocketEnd::Cause::kLost, 0, {}, broken_by_};
    if (!connected_) {
      end_ = std::move(end);
      return;
    }
  }
  Finish(std::move(end));
}

void Attempt::OnSendDone(const pplx::task<void>& done) {
  try {
    done.get();
  } catch (const std::exception& error) {
    Break(error.what());
    return;
  }
  Tell([](WebSocketEvents& events) { events.OnSent(); });
}

void Attempt::ReportOpen() {
  if (std::exchange(open_reported_, true)) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (state_ == State::kConnecting) state_ = State::kOpen;
  }
  Tell([](WebSocketEvents& events) { events.OnOpen(); });
}

template <typename Report>
void Attempt::Tell(const Report& report) {
  std::shared_ptr<WebSocketEvents> events;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!farewell_) events = events_.lock();
  }
  if (!events) return;
  try {
    report(*events);
  } catch (const std::exception& error) {
    Break(error.what());
  }
}

void Attempt::Break(const std::string& why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state_ != State::kOpen) return;
  broken_by_ = why.empty() ? "an unknown failure" : why;
  state_ = State::kLeaving;
  if (connected_) BeginToLeave();
}

void Attempt::Send(std::string message) {
  cpprest::websocket_outgoing_message outgoing;
  outgoing.set_utf8_message(std::move(message));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state_ != State::kOpen) return;
  client_->send(outgoing).then([self = shared_from_this()](const pplx::task<void>& done) { self->OnSendDone(done); });
}

void Attempt::HangUp(Farewell farewell) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (farewell_) return;
  farewell_ = farewell;
  events_.reset();
  if (state_ != State::kConnecting && state_ != State::kOpen) return;
  state_ = State::kLeaving;
  if (connected_) BeginToLeave();
}

void Attempt::BeginToLeave() {
  cpprest::websocket_outgoing_message ping;
  ping.set_ping_message();
  Observe(client_->send(ping));
  Reaper::Get().Post([self = shared_from_this()] { self->CloseIfLeaving(); }, kPongPatience);
}

// On the connection's own thread, or on the reaper's, which is the one that destroys the client.
void Attempt::CloseIfLeaving() {
  auto status = cpprest::websocket_close_status::normal;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kLeaving) return;
    state_ = State::kClosing;
    // With some codes websocketpp drops the connection once the frame is written, without waiting for the peer's
    // answer; 1008 is the one of them that blames nobody's bytes.
    if (farewell_ != Farewell::kPolite) status = cpprest::websocket_close_status::policy_violation;
  }
  Observe(client_->close(status));
}

void Attempt::Finish(WebSocketEnd end) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(state_, State::kOver) == State::kOver) return;
  }
  {
    const std::lock_guard<std::mutex> lock(reporting_);
    Tell([&end](WebSocketEvents& events) { events.OnEnd(end); });
  }
  Reaper::Get().Post([self = shared_from_this()] {
    std::unique_ptr<cpprest::websocket_callback_client> doomed;
    {
      const std::lock_guard<std::mutex> lock(self->mutex_);
      doomed = std::move(self->client_);
    }
    doomed.reset();
    Reaper::Get().Release(self.get());
  });
}

class Connection final : public WebSocketConnection {
 public:
  explicit Connection(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}
  ~Connection() override { attempt_->HangUp(Farewell::kAbrupt); }
  void Send(std::string message) override { attempt_->Send(std::move(message)); }
  void HangUp(Farewell farewell) override { attempt_->HangUp(farewell); }

 private:
  const std::shared_ptr<Attempt> attempt_;
};

class Engine final : public WebSocketEngine {
 public:
  std::unique_ptr<WebSocketConnection> Connect(const WebSocketRequest& request,
                                               std::weak_ptr<WebSocketEvents> events) override {
    try {
      auto attempt = std::make_shared<Attempt>(std::move(events));
      attempt->Start(request);
      return std::make_unique<Connection>(std::move(attempt));
    } catch (const web::uri_exception& error) {
      throw Error(Errc::kConnectFailed, std::string("cpprest does not take the URL: ") + error.what());
    } catch (const Error& error) {
      // A file that could be read once cannot be now.
      throw Error(Errc::kConnectFailed, error.what());
    }
  }
};

}  // namespace

std::shared_ptr<WebSocketEngine> CpprestWebSocketEngine() { return std::make_shared<Engine>(); }

}  // namespace gapless::net

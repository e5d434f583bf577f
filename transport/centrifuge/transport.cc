// Joins the connection machine to a socket, a clock and the client. Whoever has news for the machine (the socket's
// threads, the client's, the timer's) brings it under one lock and does on the spot what the machine wants: a hop to
// a thread of our own would cost more than all that. Frames are decoded before the lock is taken.

#include "transport/centrifuge/transport.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "transport/centrifuge/connection.h"
#include "transport/centrifuge/settings.h"

namespace gapless::centrifuge {
namespace {

using Farewell = net::WebSocketConnection::Farewell;

/// Counts the bytes that have arrived and that the client has not taken over.
class ReceiveLedger {
 public:
  explicit ReceiveLedger(std::size_t bound) : bound_(bound) {}

  /// They count until what is returned dies. Null above the bound; alone, any message is taken, or one that is above
  /// the bound by itself would end every connection that it is sent again on.
  std::shared_ptr<const void> Enter(std::size_t bytes) {
    const std::size_t before = held_->fetch_add(bytes);
    if (before != 0 && before + bytes > bound_) {
      held_->fetch_sub(bytes);
      return nullptr;
    }
    return {static_cast<const void*>(this), [held = held_, bytes](const void*) { held->fetch_sub(bytes); }};
  }

 private:
  const std::size_t bound_;
  const std::shared_ptr<std::atomic<std::size_t>> held_ = std::make_shared<std::atomic<std::size_t>>(0);
};

class Core : public std::enable_shared_from_this<Core> {
  class Visit;

 public:
  Core(Settings settings, std::shared_ptr<net::WebSocketEngine> engine, std::shared_ptr<Runtime> runtime)
      : settings_(std::move(settings)),
        engine_(std::move(engine)),
        runtime_(std::move(runtime)),
        timers_(runtime_->NewStrand("gapless-centrifuge", StrandKind::kSession)),
        ledger_(settings_.max_receive_queue_bytes),
        carried_{TokenStore(settings_.token, settings_.tokens.connection != nullptr,
                            settings_.tokens.subscription != nullptr)} {}

  TransportTraits Traits() const {
    return {.name = "centrifuge",
            .max_message_bytes = settings_.max_message_bytes,
            .history = true,
            .presence = true,
            .rpc = true};
  }
  ReceiveLedger& ledger() { return ledger_; }

  void Start(std::weak_ptr<TransportListener> listener);
  void Connect(std::uint64_t connection);
  void Send(std::uint64_t connection, std::vector<TransportRequest> requests);
  void Disconnect(std::uint64_t connection);
  void Stop();

  /// Runs `step(machine, now, output)` for the attempt, if it is the one under way, and does what the machine wants.
  template <typename Step>
  void OnAttempt(std::uint64_t attempt, const Step& step, std::shared_ptr<const void> hold = nullptr);
  void OnToken(const TokenOwner& owner, FetchedToken fetched);

 private:
  // All of these under `mutex_`.
  void Perform(Output output, std::shared_ptr<const void> hold, TransportListener* listener);
  void OpenSocket(Output& output);
  void Leave(Farewell farewell);
  void Arm();
  void Disarm();

  const Settings settings_;
  const std::shared_ptr<net::WebSocketEngine> engine_;
  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<Strand> timers_;
  ReceiveLedger ledger_;

  std::mutex mutex_;
  Carried carried_;
  std::shared_ptr<TokenFetcher> fetcher_;
  bool started_ = false;
  bool stopped_ = false;
  std::weak_ptr<TransportListener> listener_;
  /// Threads that may hold a reference to the listener.
  std::vector<std::thread::id> visitors_;
  std::condition_variable visitor_left_;
  /// Each connection gets a number of our own too, so that what comes late from an earlier one is told apart.
  std::uint64_t attempt_ = 0;
  std::uint64_t connection_number_ = 0;
  std::unique_ptr<Connection> machine_;
  std::shared_ptr<net::WebSocketEvents> events_;
  std::unique_ptr<net::WebSocketConnection> socket_;
  std::optional<TimePoint> armed_;
  Strand::TimerId timer_ = 0;
  std::uint64_t arming_ = 0;
};

/// A reference to the listener that outlives the lock, as letting go of the last one may come back here. `Stop` waits
/// until all are gone: whoever destroys a client may open its state again at once.
class Core::Visit {
 public:
  Visit() = default;
  ~Visit() {
    if (!core_) return;
    listener_.reset();
    const std::lock_guard<std::mutex> lock(core_->mutex_);
    auto& visitors = core_->visitors_;
    visitors.erase(std::find(visitors.begin(), visitors.end(), std::this_thread::get_id()));
    core_->visitor_left_.notify_all();
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  /// Under the lock.
  void Begin(Core& core) {
    core_ = core.shared_from_this();
    core.visitors_.push_back(std::this_thread::get_id());
    listener_ = core.listener_.lock();
  }
  TransportListener* listener() const { return listener_.get(); }

 private:
  std::shared_ptr<Core> core_;
  std::shared_ptr<TransportListener> listener_;
};

/// Brings what the socket of one attempt reports to the machine.
class SocketListener final : public net::WebSocketEvents {
 public:
  SocketListener(std::weak_ptr<Core> core, std::uint64_t attempt) : core_(std::move(core)), attempt_(attempt) {}

  void OnOpen() override {
    Tell([](Connection& machine, TimePoint, Output& out) { machine.SocketOpened(out); });
  }
  void OnSent() override {
    Tell([](Connection& machine, TimePoint, Output& out) { machine.FrameSent(out); });
  }
  void OnEnd(const net::WebSocketEnd& end) override {
    Tell([&end](Connection& machine, TimePoint, Output& out) { machine.SocketEnded(end, out); });
  }
  void OnMessage(std::string message) override {
    const auto core = core_.lock();
    if (!core) return;
    auto hold = core->ledger().Enter(message.size());
    if (!hold) {
      core->OnAttempt(attempt_, [](Connection& machine, TimePoint, Output& out) { machine.Overflowed(out); });
      return;
    }
    DecodedFrame frame = decoder_.Decode(std::move(message));
    core->OnAttempt(
        attempt_,
        [&frame](Connection& machine, TimePoint now, Output& out) { machine.Take(std::move(frame), now, out); },
        std::move(hold));
  }

 private:
  template <typename Step>
  void Tell(const Step& step) {
    if (const auto core = core_.lock()) core->OnAttempt(attempt_, step);
  }

  const std::weak_ptr<Core> core_;
  const std::uint64_t attempt_;
  Decoder decoder_;
};

void Core::Start(std::weak_ptr<TransportListener> listener) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (started_) throw Error(Errc::kInvalidState, "a transport serves one client; make one for each");
  started_ = true;
  listener_ = std::move(listener);
  fetcher_ = std::make_shared<TokenFetcher>(settings_.tokens, runtime_,
                                            [weak = weak_from_this()](const TokenOwner& owner, FetchedToken fetched) {
                                              if (const auto self = weak.lock())
                                                self->OnToken(owner, std::move(fetched));
                                            });
}

void Core::Connect(std::uint64_t connection) {
  Visit visit;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!started_) throw Error(Errc::kInvalidState, "a transport connects only after Start");
  if (stopped_) return;
  visit.Begin(*this);
  Leave(Farewell::kPolite);
  connection_number_ = connection;
  machine_ = std::make_unique<Connection>(settings_.connection, carried_, runtime_->Random());
  ++attempt_;
  Output output;
  machine_->Start(runtime_->Now(), output);
  Perform(std::move(output), nullptr, visit.listener());
}

void Core::OpenSocket(Output& output) {
  events_ = std::make_shared<SocketListener>(weak_from_this(), attempt_);
  try {
    socket_ = engine_->Connect(settings_.request, events_);
  } catch (const std::exception& error) {
    machine_->SocketEnded({net::WebSocketEnd::Cause::kConnectFailed, 0, {}, error.what()}, output);
  }
}

void Core::OnToken(const TokenOwner& owner, FetchedToken fetched) {
  Visit visit;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_) return;
  fetched = carried_.tokens.Take(owner, std::move(fetched));
  if (!machine_) return;
  visit.Begin(*this);
  Output output;
  machine_->TokenFetched(owner, fetched, runtime_->Now(), output);
  Perform(std::move(output), nullptr, visit.listener());
}

void Core::Send(std::uint64_t connection, std::vector<TransportRequest> requests) {
  Visit visit;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!machine_ || connection != connection_number_) return;
  visit.Begin(*this);
  Output output;
  machine_->Ask(std::move(requests), runtime_->Now(), output);
  Perform(std::move(output), nullptr, visit.listener());
}

void Core::Disconnect(std::uint64_t connection) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (machine_ && connection == connection_number_) Leave(Farewell::kPolite);
}

void Core::Stop() {
  std::shared_ptr<TokenFetcher> fetcher;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    stopped_ = true;
    Leave(Farewell::kPolite);
    fetcher = fetcher_;
    // Not for this thread itself, which is here where it let go of the last reference.
    visitor_left_.wait(lock, [this] {
      return std::all_of(visitors_.begin(), visitors_.end(),
                         [](std::thread::id id) { return id == std::this_thread::get_id(); });
    });
  }
  timers_->Stop();
  if (fetcher) fetcher->Stop();
}

template <typename Step>
void Core::OnAttempt(std::uint64_t attempt, const Step& step, std::shared_ptr<const void> hold) {
  Visit visit;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!machine_ || attempt != attempt_) return;
  visit.Begin(*this);
  Output output;
  step(*machine_, runtime_->Now(), output);
  Perform(std::move(output), std::move(hold), visit.listener());
}

void Core::Perform(Output output, std::shared_ptr<const void> hold, TransportListener* listener) {
  for (const TokenOwner& owner : output.fetches) fetcher_->Fetch(owner);
  if (output.open_socket) OpenSocket(output);
  if (!output.events.empty() && listener != nullptr) {
    std::vector<TransportEvent> events;
    events.reserve(output.events.size());
    for (auto& body : output.events) events.push_back({connection_number_, std::move(body)});
    events.back().hold = std::move(hold);
    listener->OnTransportEvents(std::move(events));
  }
  if (output.hang_up) {
    Leave(*output.hang_up);
    return;
  }
  if (!output.frame.empty() && socket_) socket_->Send(std::move(output.frame));
  Arm();
}

void Core::Leave(Farewell farewell) {
  if (socket_) socket_->HangUp(farewell);
  socket_.reset();
  events_.reset();
  machine_.reset();
  Disarm();
}

void Core::Arm() {
  const auto deadline = machine_->NextDeadline();
  if (!deadline) {
    Disarm();
    return;
  }
  // A timer that comes early only looks and is set again, which is cheaper than moving it with every frame.
  if (armed_ && *armed_ <= *deadline) return;
  Disarm();
  armed_ = deadline;
  timer_ = timers_->PostAt(*deadline, TimerKind::kDeadline,
                           [weak = weak_from_this(), attempt = attempt_, arming = ++arming_] {
                             const auto self = weak.lock();
                             if (!self) return;
                             self->OnAttempt(attempt, [&self, arming](Connection& machine, TimePoint now, Output& out) {
                               if (arming != self->arming_) return;  // Cancelled when it was already on its way.
                               self->armed_.reset();
                               machine.Tick(now, out);
                             });
                           });
}

void Core::Disarm() {
  if (!armed_) return;
  timers_->Cancel(timer_);
  armed_.reset();
  ++arming_;
}

class CentrifugeTransport final : public Transport {
 public:
  explicit CentrifugeTransport(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~CentrifugeTransport() override { core_->Stop(); }

  TransportTraits Traits() const override { return core_->Traits(); }
  void Start(std::weak_ptr<TransportListener> listener) override { core_->Start(std::move(listener)); }
  void Connect(std::uint64_t connection) override { core_->Connect(connection); }
  void Send(std::uint64_t connection, std::vector<TransportRequest> requests) override {
    core_->Send(connection, std::move(requests));
  }
  void Disconnect(std::uint64_t connection) override { core_->Disconnect(connection); }
  void Stop() override { core_->Stop(); }

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace

std::shared_ptr<Transport> MakeTransport(Settings settings, std::shared_ptr<net::WebSocketEngine> engine,
                                         std::shared_ptr<Runtime> runtime) {
  return std::make_shared<CentrifugeTransport>(
      std::make_shared<Core>(std::move(settings), std::move(engine), std::move(runtime)));
}

std::shared_ptr<Transport> MakeTransport(const WebSocketOptions& options, std::shared_ptr<net::WebSocketEngine> engine,
                                         std::shared_ptr<Runtime> runtime) {
  net::CheckWebSocketUrl(options.url);
  CheckTlsFor(options.url, options.tls);
  return MakeTransport(SettingsFrom(options), std::move(engine), std::move(runtime));
}

}  // namespace gapless::centrifuge

namespace gapless {

std::shared_ptr<Transport> WebSocket(WebSocketOptions options) {
  return centrifuge::MakeTransport(options, centrifuge::WebSocketEngineFor(options), ThreadedRuntime());
}

}  // namespace gapless

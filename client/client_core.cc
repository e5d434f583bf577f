#include "client/client_core.h"

#include <algorithm>
#include <utility>

#include "client/current_exception.h"
#include "client/deadline.h"
#include "client/handler_scope.h"

namespace gapless::internal {
namespace {

ClientOptions Checked(ClientOptions options) {
  const auto require = [](bool holds, const char* message) {
    if (!holds) throw Error(Errc::kInvalidArgument, message);
  };
  require(options.transport != nullptr, "ClientOptions::transport is required");
  require(!options.producer.id.empty(), "ClientOptions::producer.id is required");
  require(!ToString(options.producer.kind).empty(), "ClientOptions::producer.kind must be user, agent or service");
  require(options.reconnect.min_delay.count() > 0 && options.reconnect.min_delay <= options.reconnect.max_delay,
          "ClientOptions::reconnect needs 0 < min_delay <= max_delay");
  require(
      options.request_timeout.count() > 0 && options.answer_timeout.count() > 0 && options.close_timeout.count() >= 0,
      "the time-outs of ClientOptions must be positive");
  require(!options.poll_handlers || !options.executor,
          "ClientOptions::poll_handlers and executor exclude each other: handlers run in one place");
  require(options.reserve_block > 0, "ClientOptions::reserve_block must be at least 1");
  require(options.max_unacknowledged > 0 && options.max_in_flight > 0,
          "ClientOptions::max_unacknowledged and max_in_flight must be at least 1");
  require(options.snapshotter != nullptr || options.durability.value_or(Durability::kMemory) == Durability::kMemory,
          "ClientOptions::durability above kMemory needs a snapshotter");
  for (const ChannelDurability& rule : options.channel_durability) {
    require(options.snapshotter != nullptr || rule.durability == Durability::kMemory,
            "ClientOptions::channel_durability above kMemory needs a snapshotter");
  }
  require(options.handler_patience.count() > 0, "ClientOptions::handler_patience must be positive");
  return options;
}

std::vector<std::pair<Pattern, Durability>> Parsed(const std::vector<ChannelDurability>& rules) {
  std::vector<std::pair<Pattern, Durability>> parsed;
  for (const ChannelDurability& rule : rules) parsed.emplace_back(Pattern::Parse(rule.pattern), rule.durability);
  return parsed;
}

std::shared_ptr<Runtime> Choose(const ClientOptions& options) {
  if (options.runtime) return options.runtime;
  if (auto preferred = options.transport->PreferredRuntime()) return preferred;
  return ThreadedRuntime();
}

/// When an envelope of an earlier life was stamped.
Timestamp TimeOf(const std::string& bytes) {
  try {
    return DecodeEnvelope(bytes).produced_at;
  } catch (const Error&) {
    return kUnsetTime;  // It is not ours to judge here: the server refuses what cannot be read.
  }
}

}  // namespace

ClientCore::ClientCore(ClientOptions options)
    : options_(Checked(std::move(options))),
      runtime_(Choose(options_)),
      transport_(options_.transport),
      traits_(transport_->Traits()),
      durability_rules_(Parsed(options_.channel_durability)),
      poll_queue_(options_.poll_handlers ? std::make_shared<PollQueue>() : nullptr),
      strand_(runtime_->NewStrand("gapless-session", StrandKind::kSession)),
      dispatch_(NewDispatchStrand()),
      session_({options_.reconnect, options_.answer_timeout, options_.max_in_flight,
                options_.snapshotter && traits_.history ? options_.producer.id : std::string()}) {}

void ClientCore::Start() {
  gate_ = std::make_unique<PublishGate>(PublishGate::Options{
      options_.snapshotter.get(), options_.max_unacknowledged, [runtime = runtime_] { return runtime->WallClock(); },
      [this](std::vector<PendingPublish> publishes) {
        OnSession([this, publishes = std::move(publishes)](TimePoint now, Effects& out) mutable {
          session_.AddPublishes(std::move(publishes), now, out);
        });
      },
      options_.reserve_block});
  if (options_.snapshotter) {
    state_writer_ =
        std::make_shared<StateWriter>(options_.snapshotter, runtime_, [weak = weak_from_this()](const Error& error) {
          if (const auto self = weak.lock()) {
            ++self->counters_.save_failures;
            self->PostError(error);
          }
        });
    LoadState();
  }
  transport_->Start(weak_from_this());
}

void ClientCore::LoadState() {
  gapless::State state = options_.snapshotter->Load(options_.producer.id);
  for (const auto& [channel, last] : state.produced) {
    gate_->Raise(channel, last);
    session_.Remember(channel, last);
  }
  for (const auto& [channel, ceiling] : state.reserved) {
    gate_->RaiseReserved(channel, ceiling);
    session_.Remember(channel, ceiling);
  }
  std::vector<PendingPublish> outbox;
  for (OutboxEntry& entry : state.outbox) {
    gate_->Raise(entry.channel, entry.sequence);
    gate_->RaiseTime(TimeOf(*entry.bytes));
    outbox.push_back(
        {std::move(entry.channel), entry.sequence, std::move(entry.bytes), true, kUnsetTime, nullptr, true});
  }
  gate_->Adopt(outbox.size());
  RestoreConsumers(std::move(state));
  Effects none;
  session_.AddPublishes(std::move(outbox), runtime_->Now(), none);
}

void ClientCore::Shutdown() {
  Close();
  transport_->Stop();
  strand_->Stop();
  dispatch_->Stop();
  if (poll_queue_) poll_queue_->Clear();
  if (!state_writer_) return;
  // A handler that closed the client has handed its progress over after that.
  if (HandlerScope::CurrentTransaction(this) == nullptr) state_writer_->Flush();
  state_writer_->Stop();
}

void ClientCore::Connect() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) throw Error(Errc::kClosed, "the client is being closed; connect again once Close has returned");
    closed_ = false;
    // At once, so that a wait that follows does not see the state from before.
    if (state_ != ConnectionState::kConnected) state_ = ConnectionState::kConnecting;
  }
  gate_->SetClosed(false);
  OnSession([this](TimePoint now, Effects& out) { session_.Connect(now, out); });
}

bool ClientCore::WaitUntilConnected(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  runtime_->Wait(lock, changed_, DeadlineIn(*runtime_, timeout), [this] {
    return state_ == ConnectionState::kConnected || state_ == ConnectionState::kFailed ||
           state_ == ConnectionState::kClosed;
  });
  return state_ == ConnectionState::kConnected;
}

bool ClientCore::Flush(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  return runtime_->Wait(lock, changed_, DeadlineIn(*runtime_, timeout),
                        [this] { return gate_->unacknowledged() == 0; });
}

void ClientCore::Close() {
  std::map<SubscriptionId, std::shared_ptr<SubscriptionCore>> subscriptions;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    // Whoever closes first does the work. The others wait for it, but for a handler: the first one waits for that.
    if (closing_ && !dispatch_->RunsHere()) {
      runtime_->Wait(lock, changed_, TimePoint::max(), [this] { return !closing_; });
    }
    if (closing_ || closed_) return;
    closing_ = true;
    subscriptions.swap(subscriptions_);
  }
  // Handlers under way may still publish, so they end before the gate closes, unless they take too long.
  const TimePoint patience = DeadlineIn(*runtime_, options_.close_timeout);
  for (const auto& [id, subscription] : subscriptions) subscription->End();
  for (const auto& [id, subscription] : subscriptions) subscription->AwaitHandlers(*runtime_, patience);
  if (State() == ConnectionState::kConnected) Flush(options_.close_timeout);
  gate_->SetClosed(true);

  const auto left = std::make_shared<AnswerSlot<Session::Left>>();
  OnSession([this, left](TimePoint, Effects& out) {
    live_.clear();
    left->Put(session_.Close(out));
  });
  TellLeft(left->WaitUntil(*runtime_, TimePoint::max()).value_or(Session::Left{}));
  for (const auto& [id, subscription] : subscriptions) subscription->AwaitHandlers(*runtime_, TimePoint::max());
  // Inside a transaction of this client a save would wait for itself; the writer's own strand does it afterwards.
  if (state_writer_ && HandlerScope::CurrentTransaction(this) == nullptr) {
    state_writer_->Flush();
    ReturnReserved();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  closing_ = false;
  closed_ = true;
  changed_.notify_all();
}

void ClientCore::TellLeft(const Session::Left& left) {
  for (const PendingPublish& publish : left.lost) {
    Error lost(Errc::kClosed,
               "the client was closed before the server acknowledged this envelope; whether it arrived is unknown");
    GiveUp(publish, std::move(lost));
  }
  for (const PendingPublish& publish : left.waited_for) {
    publish.on_answer(Error(Errc::kOutcomeUnknown,
                            "the client was closed before the server acknowledged this envelope; it stays in the "
                            "outbox and is sent until it is acknowledged once the client connects again")
                          .WithChannel(publish.channel)
                          .WithSequence(publish.sequence));
  }
}

void ClientCore::GiveUp(const PendingPublish& publish, Error why) {
  why.WithChannel(publish.channel).WithSequence(publish.sequence);
  if (publish.on_answer) {
    publish.on_answer(std::move(why));
  } else {
    CallErrorHandler(why.WithRaw(*publish.bytes));
  }
  gate_->Settled(1);
}

void ClientCore::OnTransportEvents(std::vector<TransportEvent> events) {
  OnSession([this, events = std::move(events)](TimePoint now, Effects& out) {
    for (const TransportEvent& event : events) {
      if (std::holds_alternative<PublicationEvent>(event.body)) ++counters_.received;
      session_.Take(event, now, runtime_->Random(), out);
    }
  });
}

void ClientCore::OnSession(std::function<void(TimePoint, Effects&)> step) {
  strand_->Post([self = shared_from_this(), step = std::move(step)]() {
    Effects effects;
    step(self->runtime_->Now(), effects);
    self->Perform(std::move(effects));
    self->CountPump();
    self->Arm();
  });
}

void ClientCore::Perform(Effects effects) {
  std::vector<SubscriptionId> full;
  for (Effect& effect : effects) PerformOne(effect, full);
  if (full.empty()) return;
  Effects pauses;
  for (const SubscriptionId id : full) session_.SetPaused(id, true, runtime_->Now(), pauses);
  if (!pauses.empty()) {
    ++counters_.pauses;
    Perform(std::move(pauses));
  }
}

void ClientCore::PerformOne(Effect& effect, std::vector<SubscriptionId>& full) {
  if (auto* send = std::get_if<SendEffect>(&effect)) {
    if (Logs(LogLevel::kDebug)) {
      Log(LogLevel::kDebug, "sends " + std::to_string(send->requests.size()) + " requests");
    }
    transport_->Send(send->connection, std::move(send->requests));
  } else if (auto* deliver = std::get_if<DeliverEffect>(&effect)) {
    const ReceiverOutput& output = deliver->output;
    counters_.malformed += output.malformed;
    counters_.mismatched += output.mismatched;
    counters_.duplicates += output.duplicates;
    counters_.repaired += output.repaired;
    counters_.late += output.late;
    counters_.gaps += output.gaps;
    counters_.resets += output.resets;
    const auto found = live_.find(deliver->subscription);
    if (found != live_.end() && found->second->Append(std::move(deliver->output.deliveries))) {
      full.push_back(deliver->subscription);
    }
  } else if (auto* done = std::get_if<PublishDoneEffect>(&effect)) {
    Finish(std::move(done->outcome));
  } else if (auto* connect = std::get_if<ConnectEffect>(&effect)) {
    transport_->Connect(connect->connection);
  } else if (auto* disconnect = std::get_if<DisconnectEffect>(&effect)) {
    transport_->Disconnect(disconnect->connection);
  } else if (auto* state = std::get_if<StateEffect>(&effect)) {
    SetState(state->state, state->error);
  } else if (auto* error = std::get_if<ErrorEffect>(&effect)) {
    PostError(error->error);
  } else if (auto* stale = std::get_if<StaleEffect>(&effect)) {
    OnStale(*stale);
  } else if (auto* message = std::get_if<MessageEffect>(&effect)) {
    DeliverMessage(std::move(message->data));
  } else if (auto* query = std::get_if<QueryDoneEffect>(&effect)) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = queries_.find(query->query);
    if (found != queries_.end()) found->second->Put(std::move(query->answer));
  }
}

void ClientCore::Arm() {
  ArmOne(TimerKind::kWork, session_.NextWork(), work_armed_, work_timer_);
  ArmOne(TimerKind::kDeadline, session_.NextDeadline(), deadline_armed_, deadline_timer_);
}

void ClientCore::ArmOne(TimerKind kind, std::optional<TimePoint> when, std::optional<TimePoint>& armed,
                        Strand::TimerId& timer) {
  // A timer that fires early only looks and arms again, which is cheaper than moving it with every publish. Work
  // timers are exact, for a manual runtime lets time pass for them.
  if (!when || (armed && (*armed < *when && kind == TimerKind::kDeadline))) return;
  if (armed == when) return;
  if (armed) strand_->Cancel(timer);
  armed = when;
  timer = strand_->PostAt(*when, kind, [self = shared_from_this(), &armed] {
    armed.reset();
    Effects effects;
    self->session_.Tick(self->runtime_->Now(), self->runtime_->Random(), effects);
    self->Perform(std::move(effects));
    self->CountPump();
    self->Arm();
  });
}

}  // namespace gapless::internal

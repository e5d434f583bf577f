#ifndef GAPLESS_CLIENT_CLIENT_CORE_H_
#define GAPLESS_CLIENT_CLIENT_CORE_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/answer_slot.h"
#include "client/executor_strand.h"
#include "client/handler_watch.h"
#include "client/progress.h"
#include "client/publish_gate.h"
#include "client/session.h"
#include "client/state_writer.h"
#include "client/subscription_core.h"
#include "gapless/client.h"

namespace gapless::internal {

/// `Stats`, countable from any thread.
struct Counters {
  std::atomic<std::uint64_t> published{0}, acknowledged{0}, refused{0}, resent{0}, received{0}, delivered{0},
      filtered{0}, malformed{0}, mismatched{0}, duplicates{0}, invalid{0}, handler_errors{0}, gaps{0}, repaired{0},
      late{0}, resets{0}, connects{0}, pauses{0}, save_failures{0}, in_flight{0};
  /// When the oldest unacknowledged envelope was added; `TimePoint::max()` for none.
  std::atomic<TimePoint> oldest_added{TimePoint::max()};
};

/// The driver around the pure session: threads, transport, state and handlers. Public calls come in on any thread;
/// the session runs on its strand; handlers run on the dispatch strand.
class ClientCore : public TransportListener, public std::enable_shared_from_this<ClientCore> {
 public:
  explicit ClientCore(ClientOptions options);
  /// Second half of construction, for what needs `shared_from_this`.
  void Start();
  /// Ends everything for good.
  void Shutdown();

  void Connect();
  bool WaitUntilConnected(std::chrono::milliseconds timeout);
  void Close();
  bool Flush(std::chrono::milliseconds timeout);

  Receipt Publish(const std::string& channel, const Draft& draft, const PublishOptions& options);
  std::future<Receipt> PublishAsync(const std::string& channel, const Draft& draft, const PublishOptions& options);
  Receipt Enqueue(const std::string& channel, const Draft& draft, const PublishOptions& options);
  bool WaitForRoom(std::chrono::milliseconds timeout);
  void AdoptServerSequence(const std::string& channel);
  void Transact(const std::function<void(Transaction&)>& body);

  std::shared_ptr<SubscriptionCore> Subscribe(const std::string& channel, SubscribeOptions options,
                                              const std::function<void(Subscription&)>& setup);
  void Unsubscribe(SubscriptionCore& subscription);
  HistoryResult History(const std::string& channel, const HistoryQuery& query);
  std::vector<gapless::Presence> Presence(const std::string& channel);
  gapless::PresenceStats PresenceStats(const std::string& channel);
  std::string Rpc(const std::string& method, const std::string& data);
  void Send(const std::string& data);
  gapless::Completeness Completeness(const ConsumerKey& key, const std::string& producer, std::int64_t first,
                                     std::int64_t last) const;
  std::vector<LedgerRow> Ledger(const ConsumerKey& key) const;

  void SetErrorHandler(std::function<void(const Error&)> handler);
  void SetStateHandler(std::function<void(ConnectionState, const std::optional<Error>&)> handler);
  void SetMessageHandler(std::function<void(const std::string&)> handler);
  ConnectionState State() const;
  gapless::Stats Stats() const;
  bool Poll();
  const Producer& producer() const { return options_.producer; }
  Runtime& runtime() { return *runtime_; }
  bool transactional() const { return options_.snapshotter && options_.snapshotter->Transactional(); }

  // For subscriptions, on the dispatch strand.
  Counters& counters() { return counters_; }
  HandlerWatch& handler_watch() { return handler_watch_; }
  /// Handlers begin to run: sees to it that one which never returns is told of.
  void WatchHandlers();
  std::optional<Objection> CheckIncoming(const Envelope& envelope);
  void SaveProgress(const ConsumerKey& key, const Progress& progress);
  /// Returns once it is durable; throws what the snapshotter throws, and kInvalidState inside a transaction.
  void SaveProgressNow(const ConsumerKey& key, const Progress& progress);
  /// Runs `body` in a transaction that also saves `progress` and what `body` enqueues.
  void TransactWithCursor(const ConsumerKey& key, const Progress& progress, const Envelope* envelope,
                          const std::function<void(Transaction&)>& body);
  void ResumeSubscription(SubscriptionId id);
  /// Calls the client's error handler on this thread, whatever it throws.
  void CallErrorHandler(const Error& error);

  void OnTransportEvents(std::vector<TransportEvent> events) override;

 private:
  void LoadState();
  void RestoreConsumers(gapless::State state);
  void RequireState() const;
  PreparedEnvelope Prepare(const std::string& channel, const Draft& draft);
  void CheckChannel(const std::string& channel) const;
  void CheckOutgoing(const Envelope& envelope);
  Durability DurabilityOf(const std::string& channel) const;
  PublishGate::Accepted Accept(const std::string& channel, const Draft& draft, const PublishOptions& options,
                               TimePoint deadline, const std::function<void(PublishAnswer)>& on_answer);
  /// False when the deadline came first.
  bool AwaitRoom(TimePoint deadline, const std::stop_token& cancel);
  void RequireNoTransaction(const std::string& channel) const;
  void TellLeft(const Session::Left& left);
  /// It is never sent: tells whoever waits for it, else the error handler, on this thread.
  void GiveUp(const PendingPublish& publish, Error why);
  void SettleReserved(const std::string& channel, TimePoint deadline);
  void ReturnReserved();
  void OnStale(const StaleEffect& stale);
  QueryAnswer Ask(Query request, TimePoint deadline);
  void CheckPresence(const std::string& channel) const;
  void CheckForServer(const std::string& data) const;
  void DeliverMessage(std::string data);
  void CallMessageHandler(const std::string& data);

  /// Runs `step` on the session strand with the time and a place for effects, then performs those.
  void OnSession(std::function<void(TimePoint, Effects&)> step);
  void Perform(Effects effects);
  void PerformOne(Effect& effect, std::vector<SubscriptionId>& full);
  void CountPump();
  std::chrono::milliseconds Since(TimePoint when) const;
  void LookAtHandlers();
  std::shared_ptr<Strand> NewDispatchStrand();
  bool Logs(LogLevel level) const { return options_.log && level >= options_.log_level; }
  void Log(LogLevel level, const std::string& message);
  void Arm();
  void ArmOne(TimerKind kind, std::optional<TimePoint> when, std::optional<TimePoint>& armed, Strand::TimerId& timer);
  void Finish(PublishOutcome outcome);
  void SetState(ConnectionState state, const std::optional<Error>& error);
  /// Reports on the dispatch strand.
  void PostError(const Error& error);

  const ClientOptions options_;
  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<Transport> transport_;
  const TransportTraits traits_;
  /// `ClientOptions::channel_durability`, parsed.
  const std::vector<std::pair<Pattern, Durability>> durability_rules_;
  /// What `Poll` runs; null without `ClientOptions::poll_handlers`.
  const std::shared_ptr<PollQueue> poll_queue_;
  const std::shared_ptr<Strand> strand_;
  const std::shared_ptr<Strand> dispatch_;
  std::shared_ptr<StateWriter> state_writer_;
  std::unique_ptr<PublishGate> gate_;
  Counters counters_;
  HandlerWatch handler_watch_;

  // Only on the session strand.
  Session session_;
  std::map<SubscriptionId, std::shared_ptr<SubscriptionCore>> live_;
  std::optional<TimePoint> work_armed_, deadline_armed_;
  Strand::TimerId work_timer_ = 0, deadline_timer_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ConnectionState state_ = ConnectionState::kIdle;
  bool closing_ = false;
  bool closed_ = false;
  std::uint64_t next_id_ = 1;
  std::map<SubscriptionId, std::shared_ptr<SubscriptionCore>> subscriptions_;
  std::map<ConsumerKey, ConsumerRecord> consumers_;
  std::map<std::uint64_t, std::shared_ptr<AnswerSlot<QueryAnswer>>> queries_;
  std::optional<Error> last_error_;
  std::function<void(const Error&)> error_handler_;
  std::function<void(const std::string&)> message_handler_;
  /// Messages that wait for the handler, and whether one could not be delivered since the last that was.
  std::size_t messages_waiting_ = 0;
  bool messages_dropped_ = false;
  std::function<void(ConnectionState, const std::optional<Error>&)> state_handler_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_CLIENT_CORE_H_

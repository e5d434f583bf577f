#ifndef GAPLESS_CLIENT_H_
#define GAPLESS_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "gapless/envelope.h"
#include "gapless/ledger.h"
#include "gapless/runtime.h"
#include "gapless/schema.h"
#include "gapless/sequence.h"
#include "gapless/snapshotter.h"
#include "gapless/subscription.h"
#include "gapless/transport.h"

namespace gapless {

namespace internal {
class ClientCore;
}

/// What is on disk when a publish is accepted.
enum class Durability : std::uint8_t {
  kMemory,    ///< Nothing. After a crash sequences may repeat; the default without a snapshotter.
  kReserved,  ///< A ceiling above the sequence, once for `reserve_block` of them: never reused (P2) as far as the
              ///< server is to be trusted: after a crash the first publish asks its history which were used, and skips
              ///< the rest if it cannot tell. Bytes of the dead process that reach the server after that are not known
              ///< to it.
  kEach,      ///< The sequence, before the bytes leave: never reused (P2). The default with a snapshotter.
  kOutbox,    ///< The envelope itself; sent until acknowledged even across restarts (P4).
};

/// What a publish does while `ClientOptions::max_unacknowledged` envelopes wait for the server already.
enum class WhenFull : std::uint8_t {
  kRefuse,  ///< It throws `Error(kQueueFull)` at once.
  kBlock,   ///< It waits for room until its deadline and throws `Error(kQueueFull)` only then.
};

/// What happens to a stream of which the server has sequences that this state never stamped (promise P6): the state is
/// an old copy, or somebody else publishes as this producer.
enum class StaleState : std::uint8_t {
  kStop,   ///< Publishes on the channel throw `Error(kStateStale)` until `AdoptServerSequence` or a newer state.
  kAdopt,  ///< Goes on above the server's last sequence, as `AdoptServerSequence`.
};

/// A rule of `ClientOptions::channel_durability`.
struct ChannelDurability {
  /// As schemas are registered for: `public:app.room.{id}`, `public:app.**` (see `Pattern`).
  std::string pattern;
  Durability durability = Durability::kMemory;
};

/// How long to wait between attempts to connect: full jitter, `min + random(0, min(max, min * 2^step))`, never
/// above `max`; the step starts over once a connection has lasted `stable_after`.
struct ReconnectPolicy {
  std::chrono::milliseconds min_delay{200};
  std::chrono::milliseconds max_delay{20'000};
  std::chrono::milliseconds stable_after{5'000};
};

enum class LogLevel : std::uint8_t {
  kDebug,    ///< Each request and repair.
  kInfo,     ///< Connections made and lost, subscriptions.
  kWarning,  ///< What `OnError` is told.
  kError,    ///< What needs somebody to decide: terminal errors, streams that stopped.
};

struct ClientOptions {
  /// Required. It serves this client only.
  std::shared_ptr<Transport> transport;
  /// Required: a non-empty id and one of the three kinds.
  Producer producer;
  /// Null keeps everything in memory.
  std::shared_ptr<Snapshotter> snapshotter = nullptr;
  /// Off by default.
  gapless::Validator validator = {};
  /// Check payloads against their schema before publishing, too. Refused as the validator's mode says.
  bool validate_outgoing = false;
  /// Unset: `kEach` with a snapshotter, `kMemory` without.
  std::optional<Durability> durability = std::nullopt;
  /// Durability of some channels: the first pattern that matches counts, `durability` where none does. It belongs to
  /// the channel, not to the call: sequences of one stream are only as safe as the least safe of them.
  std::vector<ChannelDurability> channel_durability = {};
  ReconnectPolicy reconnect = {};
  /// How long `Publish`, `History`, `Presence`, `PresenceStats` and `Rpc` wait for an answer.
  std::chrono::milliseconds request_timeout{30'000};
  /// A request that the server leaves unanswered for so long means that the connection is dead.
  std::chrono::milliseconds answer_timeout{10'000};
  /// How long `Close` and the destructor wait for acknowledgements of what was accepted.
  std::chrono::milliseconds close_timeout{3'000};
  /// Skip the check of channel names against Parsec's grammar, for servers with names of another form.
  bool any_channel_name = false;
  /// Accepted and not yet acknowledged envelopes, at most (promise L2). What a publish above it does says `when_full`.
  std::size_t max_unacknowledged = 100'000;
  /// How many sequences one save of `Durability::kReserved` covers, at least 1: so many are skipped, at most, by a
  /// crash on a server without history.
  std::int64_t reserve_block = 1'000;
  StaleState stale_state = StaleState::kStop;
  /// Inside a transaction a publish never blocks: it is refused.
  WhenFull when_full = WhenFull::kRefuse;
  /// Handed to the transport and not yet acknowledged, at most.
  std::size_t max_in_flight = 512;
  /// Null: what the transport prefers, else real threads.
  std::shared_ptr<gapless::Runtime> runtime = nullptr;
  /// Where handlers run, one at a time and in order all the same. Empty: on a thread of the client's own.
  Executor executor = {};
  /// A handler that runs for longer is told of in the log, as a `kWarning`, and again each time so much more has
  /// passed. Nothing can end it; what it holds up is the client's other handlers, no more: pings are answered,
  /// publishes go on, subscriptions are paused at the server once `SubscribeOptions::queue_limit` is reached, and
  /// nothing is lost.
  std::chrono::milliseconds handler_patience{30'000};
  /// Handlers run inside `Client::Poll` only, on the thread that calls it: for game loops. Not with an `executor`.
  bool poll_handlers = false;
  /// Is told what the client does, in words, for logs; never tokens or payloads. Called from any thread, also several
  /// at once; returns quickly. What it throws is counted in `Stats::handler_errors`.
  std::function<void(LogLevel level, std::string_view message)> log = {};
  /// Anything below is not told.
  LogLevel log_level = LogLevel::kInfo;
};

/// What to publish.
struct Draft {
  std::string aspect;
  /// JSON text, or empty for none.
  std::string payload = {};
  std::string schema_ref = {};
  /// Unset: inside a handler the envelope being handled, elsewhere none. `Causation{}` means none anywhere.
  std::optional<Causation> causation = std::nullopt;
};

/// For one call.
struct PublishOptions {
  /// How long the call may take: the wait for room (`WhenFull::kBlock`) and for the answer together. Unset: the
  /// client's `request_timeout`, and no bound for the answer of `PublishAsync`. It bounds the caller's wait: an
  /// accepted envelope is part of its stream, so it is sent until acknowledged all the same (promise P4).
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;
  /// Ends the wait early: with `kCancelled` before the envelope was accepted, with `kOutcomeUnknown` after that.
  std::stop_token cancel = {};
};

/// An accepted envelope's place. From `Publish` it is acknowledged by the server as well.
struct Receipt {
  std::string channel;
  std::int64_t sequence = 0;
  Timestamp produced_at = kUnsetTime;
  /// Where the server put it, if it says so.
  std::optional<Position> position;
};

struct HistoryQuery {
  /// Sequences above `since` only; 0 is no bound (Parsec: Since, exclusive).
  std::int64_t since = 0;
  /// Sequences up to `until` only; 0 is no bound (Parsec: Until, inclusive).
  std::int64_t until = 0;
  /// Of those, the last so many; 0 is no bound (Parsec: Limit).
  std::size_t limit = 0;
};

struct HistoryResult {
  std::vector<Envelope> envelopes;
  /// One for each retained item that could not be read, with its bytes.
  std::vector<Error> errors;
  /// Where the channel stood when its end was read: a subscription with this as `SubscribeOptions::since` goes on
  /// there.
  Position up_to = {};
};

enum class ConnectionState : std::uint8_t {
  kIdle,        ///< `Connect` was not called yet.
  kConnecting,  ///< An attempt is under way, or the next one waits for its time.
  kConnected,
  kFailed,  ///< A terminal error; `Connect` tries again.
  kClosed,  ///< `Close` was called; `Connect` opens it again.
};

/// Counters since the client was made, unless they say otherwise.
struct Stats {
  std::uint64_t published = 0;       ///< Accepted.
  std::uint64_t acknowledged = 0;    ///< Acknowledged by the server.
  std::uint64_t refused = 0;         ///< Refused before acceptance, or by the server for good.
  std::uint64_t resent = 0;          ///< Sent once more after a reconnect or a temporary refusal.
  std::uint64_t received = 0;        ///< Publications taken from the transport.
  std::uint64_t delivered = 0;       ///< Envelopes that reached at least the filter's far side.
  std::uint64_t filtered = 0;        ///< Not of a wanted aspect.
  std::uint64_t malformed = 0;       ///< Not an envelope, or one that breaks a structural rule.
  std::uint64_t mismatched = 0;      ///< Named another channel.
  std::uint64_t duplicates = 0;      ///< Sequences seen before.
  std::uint64_t invalid = 0;         ///< Refused by the validator.
  std::uint64_t handler_errors = 0;  ///< Handlers that threw, payloads that did not fit a typed handler included.
  std::uint64_t gaps = 0;            ///< Exact ranges reported.
  std::uint64_t repaired = 0;        ///< Envelopes that history or recovery brought back.
  std::uint64_t late = 0;            ///< Arrived after their range was reported.
  std::uint64_t resets = 0;          ///< Producers that started over.
  std::uint64_t connects = 0;        ///< Connections made.
  std::uint64_t pauses = 0;          ///< Subscriptions paused because their queue was full.
  std::uint64_t unacknowledged = 0;  ///< Now: accepted and not yet acknowledged.
  std::uint64_t save_failures = 0;   ///< Saves of cursors and acknowledgements that failed (they are retried).
  std::uint64_t in_flight = 0;       ///< Now: sent and not yet answered.
  std::uint64_t queued = 0;          ///< Now: envelopes, gaps and errors that wait for handlers.
  std::uint64_t unsaved = 0;  ///< Now: acknowledgements that are not on disk yet; after a crash these are sent again.
  /// Now: for how long the oldest unacknowledged envelope has waited in this life.
  std::chrono::milliseconds oldest_unacknowledged{0};
  /// Now: for how long the delivery that handlers are busy with has kept them so; 0 while none runs.
  std::chrono::milliseconds handler_busy{0};
  /// The last one that `OnError` was told.
  std::optional<Error> last_error;
};

/// The client: publishes and subscribes over one transport, as one producer.
///
/// All members are thread-safe and may be called inside handlers.
class Client {
 public:
  /// Reads the snapshotter's state. Throws `Error`: kInvalidArgument (in this order: transport, producer id,
  /// producer kind, limits), and what `Snapshotter::Load` throws.
  explicit Client(ClientOptions options);
  /// `Close`, then ends everything. Inside a handler it does not wait for that handler.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts connecting and returns. The client stays connected from here on, by itself, until `Close` or a
  /// terminal error. While connected or connecting it does nothing.
  void Connect();
  /// Waits until connected. False when the time passes first, or a terminal error or `Close` comes.
  bool WaitUntilConnected(std::chrono::milliseconds timeout);
  /// Sends what was accepted for up to `close_timeout`, ends all subscriptions, disconnects, saves cursors. What
  /// was then still unacknowledged and is in no outbox is reported to `OnError`. Never throws.
  void Close();

  /// Publishes and waits for the server's acknowledgement.
  ///
  /// Throws `Error`: a code of the first group of `Errc`, kPayloadInvalid, kUnsupportedAspect, kQueueFull,
  /// kStateNotWritable, kStateFailed, kCancelled, kClosed — nothing was accepted and no sequence used (P3); a server's
  /// refusal (kServerRefused, kPermissionDenied …) — it will not be sent again; kOutcomeUnknown after
  /// the deadline — it keeps its sequence and is sent until acknowledged, whatever the caller does.
  Receipt Publish(const std::string& channel, const Draft& draft, const PublishOptions& options = {});
  /// The same with a payload that nlohmann::json converts from; include <nlohmann/json.hpp>.
  template <typename T>
  requires(!std::is_convertible_v<const T&, std::string>) Receipt
      Publish(const std::string& channel, const std::string& aspect, const T& payload) {
    return Publish(channel, Draft{.aspect = aspect, .payload = internal::ToPayloadText(payload)});
  }
  /// Publishes on the parent's channel with `parent` as the cause, from any thread (Parsec: PublishDerived).
  Receipt PublishDerived(const Envelope& parent, const std::string& aspect, const std::string& payload);

  /// Accepts as `Publish` does, throwing what it throws for that, and returns. The future has the receipt, or the
  /// `Error` that `Publish` would throw, once there is an answer, the call's timeout has passed, or the client was
  /// closed; it never breaks its promise while the client lives. Acknowledgements do not need the caller's thread, but
  /// on a manual runtime they come inside `Settle`.
  std::future<Receipt> PublishAsync(const std::string& channel, const Draft& draft, const PublishOptions& options = {});
  template <typename T>
  requires(!std::is_convertible_v<const T&, std::string>) std::future<Receipt> PublishAsync(const std::string& channel,
                                                                                            const std::string& aspect,
                                                                                            const T& payload) {
    return PublishAsync(channel, Draft{.aspect = aspect, .payload = internal::ToPayloadText(payload)});
  }

  /// Accepts and returns as soon as that is as durable as the client's `Durability` says; sent in the
  /// background. Refusals by the server go to `OnError`. Throws as `Publish` for what is not accepted.
  ///
  /// Inside `Transact` or a transactional handler it becomes part of the transaction, always as in `kOutbox`.
  Receipt Enqueue(const std::string& channel, const Draft& draft, const PublishOptions& options = {});
  template <typename T>
  requires(!std::is_convertible_v<const T&, std::string>) Receipt
      Enqueue(const std::string& channel, const std::string& aspect, const T& payload) {
    return Enqueue(channel, Draft{.aspect = aspect, .payload = internal::ToPayloadText(payload)});
  }
  /// Runs `body` in a transaction of the SQLite state: its own writes and what it enqueues are committed
  /// together, or not at all when it throws. Inside it `Publish` throws `Error(kInvalidState)`, for it would
  /// wait for itself. Other publishers wait meanwhile. Throws `Error(kNotSupported)` without such a state.
  void Transact(const std::function<void(Transaction&)>& body);
  /// The user's choice for a stream that stopped with `kStateStale`: it goes on above the server's last sequence. What
  /// this state had accepted and not sent is given up and told, with its bytes, to whoever waits for it or to
  /// `OnError`. Throws `Error`: kInvalidState (the stream was not stopped, or inside a transaction), what
  /// `Snapshotter::Save` throws.
  void AdoptServerSequence(const std::string& channel);
  /// Waits until a publish would find room below `max_unacknowledged`, or the client is closed. False when the time
  /// passes first, and when it was closed.
  bool WaitForRoom(std::chrono::milliseconds timeout);
  /// Waits until everything accepted so far is acknowledged. False when the time passes first.
  bool Flush(std::chrono::milliseconds timeout);

  /// Subscribes; connecting may come later. `setup` runs before the first envelope can be delivered. Throws
  /// `Error`: kChannelInvalid, kInvalidArgument, kAlreadySubscribed, kClosed.
  Subscription Subscribe(const std::string& channel, SubscribeOptions options = {},
                         const std::function<void(Subscription&)>& setup = {});

  /// What the server retains of a channel, oldest first. Throws `Error`: kNotSupported, kTimeout, kClosed, or what
  /// the server answers.
  HistoryResult History(const std::string& channel, const HistoryQuery& query = {});
  /// Who is subscribed. Throws as `History`.
  std::vector<gapless::Presence> Presence(const std::string& channel);
  /// How many are. Throws as `History`.
  gapless::PresenceStats PresenceStats(const std::string& channel);
  /// Calls a procedure of the server's and returns its answer, raw JSON, empty if it has none. `data` is one JSON
  /// value, or empty. A call is made at most once: if the connection ends before the answer, whether it was carried out
  /// is unknown. The answer must come within `answer_timeout`, else the connection counts as dead. Throws `Error`:
  /// kPayloadNotJson, kTooLarge, kNotSupported (the transport or the server has none), kTimeout, kOutcomeUnknown,
  /// kClosed, or what the server answers.
  std::string Rpc(const std::string& method, const std::string& data = {});
  /// Sends one JSON value to the server itself. It is not kept, not repeated and not answered. A server that takes no
  /// messages may end the connection for good, as Centrifugo does (code 3508). Throws `Error`: kPayloadNotJson,
  /// kTooLarge, kNotSupported, kConnectionLost unless connected, kClosed; if the connection ends just then, `OnError`
  /// is told.
  void Send(const std::string& data);

  /// Whether `[first, last]` of `producer`'s stream on `channel` arrived and was handled by the subscription of that
  /// name, with the rows of its ledger that say why not (promise L6). It need not be live. What was handled a moment
  /// ago may not be on disk yet. Throws `Error`: kNotSupported without a snapshotter, kInvalidArgument unless
  /// 1 <= first <= last.
  gapless::Completeness Completeness(const std::string& channel, const std::string& producer, std::int64_t first,
                                     std::int64_t last, const std::string& subscription_name = {}) const;
  /// The ledger of the subscription of that name: one row for each gap that was told, the oldest first. Throws
  /// `Error(kNotSupported)` without a snapshotter.
  std::vector<LedgerRow> Ledger(const std::string& channel, const std::string& subscription_name = {}) const;

  /// Every error of the client and its subscriptions. Set it before `Connect`.
  void OnError(std::function<void(const Error&)> handler);
  /// Messages of the server itself, raw JSON, in order, among the other handlers. What arrives while 1,000 wait for it,
  /// or without a handler, is dropped and told to `OnError`. Set it before `Connect`.
  void OnMessage(std::function<void(const std::string& data)> handler);
  /// Every change of the connection's state, in order; the error is set for kConnecting after a loss and kFailed.
  void OnStateChange(std::function<void(ConnectionState, const std::optional<Error>&)> handler);

  /// With `ClientOptions::poll_handlers`: runs handlers that are due, a bounded number of them, on this thread. False
  /// when there was nothing to do. Threads take turns. Throws `Error(kInvalidState)` without that option.
  bool Poll();

  ConnectionState State() const;
  gapless::Stats Stats() const;
  const Producer& ProducerIdentity() const;

 private:
  std::shared_ptr<internal::ClientCore> core_;
};

}  // namespace gapless

#endif  // GAPLESS_CLIENT_H_

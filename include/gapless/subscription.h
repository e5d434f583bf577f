#ifndef GAPLESS_SUBSCRIPTION_H_
#define GAPLESS_SUBSCRIPTION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gapless/envelope.h"
#include "gapless/gap.h"
#include "gapless/ledger.h"
#include "gapless/snapshotter.h"
#include "gapless/tag_filter.h"
#include "gapless/transport.h"

namespace gapless {

struct Receipt;
struct HistoryQuery;
struct HistoryResult;

namespace internal {
class SubscriptionCore;
}

struct SubscribeOptions {
  /// Names the cursor in the client's state. Two live subscriptions on one channel need two names if the client
  /// has a snapshotter; without one the name means nothing.
  std::string name = {};
  /// Only envelopes of these aspects reach the handlers; empty means all. What is filtered out still counts as
  /// received, so it never looks like a gap (promise R4).
  std::vector<std::string> aspects = {};
  /// Where there is no cursor yet: n > 0 replays what the server retains of each stream above sequence n, and
  /// reports what it no longer has (Parsec: FromSequence). 0 begins with what comes next.
  std::int64_t from_sequence = 0;
  /// Where there is no cursor yet: everything that the server retains, as `from_sequence` "0, but all of it".
  bool from_start = false;
  /// Where there is no cursor yet: what comes behind this place of the server's, with its epoch (Centrifuge: `since`).
  /// For applications that have what lies before it by other means, and know up to where: from `HistoryResult::up_to`,
  /// `Receipt::position` or the server's own API. If the server cannot go on from there, an open gap tells it. Not
  /// together with `from_sequence` or `from_start`.
  std::optional<Position> since = std::nullopt;
  /// How many envelopes may wait for the handlers. Above it the subscription is paused at the server and
  /// recovers from there once the queue has drained to half (promise L2). 1 to 1,000,000.
  std::size_t queue_limit = 8'192;
  /// How long an open gap stays open without a sign of loss, before it closes with "none".
  std::chrono::milliseconds open_gap_patience{60'000};
  /// How many rows the ledger of gaps keeps in the client's state (promise L6). Above it the oldest that came to an end
  /// go, and where none did, the oldest that are missing: then nothing is known any more of their streams up to there.
  /// 1 to 1,000,000.
  std::size_t ledger_limit = 4'096;
  /// How many envelopes that the validator refused are kept, with the reason, in the client's state and in memory, to
  /// be driven again once the schema is mended. They are saved together with the cursor that passes them. What does not
  /// fit is reported with kQueueFull and not kept. 0 keeps none; above 0 the client needs a snapshotter. At most
  /// 1,000,000.
  std::size_t quarantine_limit = 0;
  /// Be told who subscribes to the channel and who leaves it, by `OnJoin` and `OnLeave`, where the server tells that.
  bool join_leave = false;
  /// Only publications whose tags match. The server leaves the others out where all subscriptions of the channel have
  /// the same filter, and the client does else; a server that knows none refuses the subscription (Centrifugo: without
  /// `allow_tags_filter`). What does not match is skipped: it is neither a gap nor in the ledger, and counts as passed
  /// for `Completeness`. What is missing of a stream can then not be told from what was left out, so only a connection
  /// whose loss the server did not make good opens gaps, and such a gap's range may hold what was left out as well
  /// (promise R2). Tags come with the server's own publishes (Centrifugo: its API and proxies), not with a client's.
  std::optional<TagFilter> filter = std::nullopt;
};

/// A handle on a live subscription; copies mean the same one. It lives until `Unsubscribe` or the client's
/// `Close`, not until the handle goes.
///
/// Handlers run one at a time, in the order: gap handlers as holes are found, `OnEnvelope` handlers, `OnAspect`
/// handlers of that aspect; each group in order of registration. Delivery begins with the first `OnEnvelope`,
/// `OnEnvelopeTransactional` or `OnAspect`; until then envelopes wait. Where several handlers must see
/// the very first envelope, register them in the `setup` argument of `Client::Subscribe`.
///
/// All members are thread-safe and may be called inside handlers. All throw `Error(kClosed)` once the
/// subscription has ended, where not said otherwise.
class Subscription {
 public:
  using EnvelopeHandler = std::function<void(const Envelope&)>;
  using TransactionalHandler = std::function<void(const Envelope&, Transaction&)>;
  using GapHandler = std::function<void(const Gap&)>;
  using ErrorHandler = std::function<void(const Error&)>;
  using MemberHandler = std::function<void(const gapless::Presence&)>;

  /// For gapless itself.
  explicit Subscription(std::shared_ptr<internal::SubscriptionCore> core);

  /// The channel. Never throws.
  const std::string& Channel() const;

  /// Every envelope that passes filter and validation. A handler that throws is reported to `OnError`; the
  /// stream goes on and the cursor moves past the envelope.
  void OnEnvelope(EnvelopeHandler handler);
  /// As `OnEnvelope`, inside a transaction of the client's SQLite state that commits together with the cursor and
  /// with what the handler enqueues: the effect is exactly once (promise R3). At most one per subscription. If
  /// it throws, its writes are undone and the cursor moves on, also when it lets pass what `Enqueue` throws because too
  /// many envelopes wait for the server; if the commit fails, it is called again later.
  /// Throws `Error(kNotSupported)` where the client's snapshotter has no transactions.
  void OnEnvelopeTransactional(TransactionalHandler handler);
  /// Envelopes of one aspect.
  void OnAspect(const std::string& aspect, EnvelopeHandler handler);
  /// Envelopes of one aspect with the payload as a `T` that nlohmann::json converts to. One that does not fit
  /// is reported to `OnError` with `kPayloadType`; other handlers still run.
  template <typename T>
  void OnAspect(const std::string& aspect, std::function<void(const T&, const Envelope&)> handler);
  /// Holes that could not be repaired, open gaps, producers that started over (promises R2, R6), and ranges that
  /// arrived after they had been reported. With a snapshotter each is a row of the ledger that is saved no later than
  /// the position behind it (promise L6).
  void OnGap(GapHandler handler);
  /// Whatever was not delivered, with reason and raw bytes (promise R5), and failures of this subscription.
  /// Errors go to the client's `OnError` as well. They come in their place among the envelopes; while there is no
  /// handler of envelopes, those that no envelope waits before.
  void OnError(ErrorHandler handler);

  /// Somebody subscribed to the channel: this client too, at each connection. In order with the envelopes, as the
  /// server sent it, but of no stream: what happens while this client is away, and what the server does not tell, is
  /// lost without a trace. `Presence` shows who is there. Delivery begins with the first handler that takes envelopes.
  /// Throws `Error(kInvalidState)` without `SubscribeOptions::join_leave`.
  void OnJoin(MemberHandler handler);
  /// Somebody else left it. The same holds.
  void OnLeave(MemberHandler handler);

  /// Publishes on this channel with the envelope being handled as its cause; outside a handler without cause.
  /// `payload` is JSON text. Blocks and throws as `Client::Publish`.
  Receipt PublishDerived(const std::string& aspect, const std::string& payload);

  /// As `Client::History`, `Client::Presence` and `Client::PresenceStats` for this channel.
  HistoryResult History(const HistoryQuery& query) const;
  std::vector<gapless::Presence> Presence() const;
  gapless::PresenceStats PresenceStats() const;

  /// What was refused by the validator and kept, the oldest first.
  std::vector<QuarantinedEnvelope> Quarantined() const;
  /// Hands everything in quarantine to the handlers again, behind what waits for them, and returns how much that is.
  /// Each is validated anew. What is valid now is delivered, marked late, and leaves the quarantine in the save (with a
  /// transactional handler: the transaction) that follows; after a crash before that it may be delivered again. What
  /// is not stays, with the new reason, and is reported to `OnError`.
  std::size_t Redrive();
  /// Removes one from the quarantine, in the background. False if there is none of that id.
  bool Discard(std::int64_t id);

  /// Ends it. No handler of it starts after this returns; one that runs on another thread has finished. A second
  /// call does nothing. Never throws.
  void Unsubscribe();
  /// Whether it has not ended. Never throws.
  bool Active() const;

 private:
  std::shared_ptr<internal::SubscriptionCore> core_;
};

template <typename T>
void Subscription::OnAspect(const std::string& aspect, std::function<void(const T&, const Envelope&)> handler) {
  OnAspect(aspect, EnvelopeHandler([handler = std::move(handler)](const Envelope& envelope) {
             const T value = envelope.PayloadAs<T>();
             handler(value, envelope);
           }));
}

}  // namespace gapless

#endif  // GAPLESS_SUBSCRIPTION_H_

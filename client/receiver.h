#ifndef GAPLESS_CLIENT_RECEIVER_H_
#define GAPLESS_CLIENT_RECEIVER_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "client/stream.h"
#include "gapless/gap.h"
#include "gapless/snapshotter.h"
#include "gapless/transport.h"

namespace gapless::internal {

/// A subscription that begins with what comes next has found where that is. The place must be durable before a handler
/// sees anything behind it, or a crash in that handler would make the next life begin behind the envelope (promise R3).
struct Beginning {};

/// A subscriber came or left. It stands among the envelopes as it arrived, and moves nothing.
struct MemberChange {
  bool joined;
  Presence member;
};

/// One thing for the handlers' side of a subscription, in order.
struct Delivery {
  std::variant<Envelope, Gap, Error, Beginning, MemberChange> what;
  /// The server position that holds once it was handled.
  Position after;
  /// The producer's cursor once it was handled; none where it stays (an envelope that came late, a gap, an error).
  std::optional<Cursor> cursor = std::nullopt;
  /// An envelope as it arrived, where that is wanted.
  std::shared_ptr<const std::string> bytes = nullptr;
  /// It comes from the quarantine, where this is its id, and moves neither cursor nor position.
  std::int64_t redriven = 0;
};

/// What a receiver wants done. Appended to, never cleared, by the receiver.
struct ReceiverOutput {
  std::vector<Delivery> deliveries;
  /// At most one is outstanding; its reply goes to `Receiver::TakeHistory`.
  std::optional<HistoryRequest> history;
  std::uint64_t malformed = 0;
  std::uint64_t mismatched = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t repaired = 0;
  std::uint64_t late = 0;
  std::uint64_t gaps = 0;
  std::uint64_t resets = 0;
};

/// Turns what a server sends for one subscription into ordered, deduplicated deliveries; repairs holes from
/// history and reports what stays missing (promises R1, R2, R4, R6). Pure: no I/O, threads or clocks.
///
///   state      | event                              | next
///   -----------+------------------------------------+------------------------------------------
///   detached   | Attach, vouched or nothing to miss  | live
///   detached   | Attach, something may be missing    | repairing (history there) or live + open gaps
///   live       | publication beyond the next offset  | repairing, the publication held back
///   repairing  | history page, more to come          | repairing, next page asked for
///   repairing  | last page, or history refused       | live, held publications follow
///   any        | Detach (connection or pause)        | detached, held publications dropped: they lie
///              |                                     | beyond the position and are asked for again
///
/// Once a repair knows that something is lost for good, whatever interrupts it, streams that show nothing behind the
/// loss get open gaps before the saved position passes it.
class Receiver {
 public:
  struct Config {
    std::string channel;
    bool from_start = false;
    std::int64_t from_sequence = 0;
    /// Whether the transport can be asked for history.
    bool history = false;
    /// Deliveries of envelopes carry their bytes as well, for a quarantine.
    bool keep_bytes = false;
    /// There is state, so that the place where it begins can be kept.
    bool keep_place = false;
    /// Only what matches counts, and a server may have left out the rest: neither offsets nor sequences follow on.
    std::optional<TagFilter> filter = std::nullopt;
    /// Where to begin if state knows of nothing.
    std::optional<Position> since = std::nullopt;
  };

  /// `restored` and `ledger` are what state knows of this subscription; empty for a new one.
  Receiver(Config config, const ConsumerState& restored, const std::vector<LedgerRow>& ledger = {});

  /// The position to recover from; empty where there is none yet.
  const std::optional<Position>& position() const { return position_; }

  /// What state should know as handled once everything delivered so far is: the position, or the one before a loss
  /// that was not told yet, so that the next life learns of it again.
  Position checkpoint() const;

  /// The channel is subscribed at the server. `asked` is the position that the request recovered from, if any.
  void Attach(const std::optional<Position>& asked, const SubscribeReply& reply, ReceiverOutput& out);
  void Detach();
  bool attached() const { return state_ != State::kDetached; }

  /// A live publication.
  void Take(const Publication& publication, ReceiverOutput& out);
  void TakeHistory(const std::variant<HistoryReply, ErrorReply>& answer, ReceiverOutput& out);

  bool has_open_gap() const;
  /// Nothing showed a loss for long enough: open gaps close with "none".
  void CloseOpenGaps(ReceiverOutput& out);

 private:
  enum class State : std::uint8_t { kDetached, kLive, kRepairing };

  void BeginReplay(const SubscribeReply& reply, ReceiverOutput& out);
  bool Vouched(const std::optional<Position>& asked, const SubscribeReply& reply, bool recoverable) const;
  /// Offsets are missing before it.
  bool LeavesHole(const Publication& publication) const;
  /// So something was lost before it.
  bool JumpsAhead(const Publication& publication) const { return !config_.filter && LeavesHole(publication); }
  void Hold(const Publication& publication);
  void StartRepair(ReceiverOutput& out);
  void AskForPage(ReceiverOutput& out);
  void TakePage(const HistoryReply& page, ReceiverOutput& out);
  void GiveUp(const Position& top, ReceiverOutput& out);
  bool HeldFollow() const;
  void FinishRepair(ReceiverOutput& out);
  void Lose(GapCause cause);
  void TellLoss(ReceiverOutput& out);
  void OpenGaps(ReceiverOutput& out);
  /// Ahead of the first envelope behind the loss.
  void TellLostStrangers(const Position& after, ReceiverOutput& out);
  void Process(const Publication& publication, ReceiverOutput& out);
  void ProcessRepaired(const Publication& publication, ReceiverOutput& out);
  void Reject(Error error, ReceiverOutput& out) const;
  void RestoreLedger(const std::vector<LedgerRow>& ledger);
  /// `before` is what holds until the envelope itself is handled, for the gaps that are told ahead of it.
  void Observe(Envelope envelope, const Position& before, const std::string& bytes, ReceiverOutput& out);
  void ReportGap(Gap gap, const Position& after, ReceiverOutput& out) const;
  Stream& StreamOf(const std::string& producer, std::int64_t sequence);

  const Config config_;
  State state_ = State::kDetached;
  std::optional<Position> position_;
  /// Publications without offset arrive while the position stays at 0: this channel keeps no history, whatever the
  /// server claims, and a recovery from 0 that it vouches for has lost everything in between.
  bool offsetless_ = false;
  /// One for each producer that was met here or that state knows; they go with the subscription.
  std::map<std::string, Stream> streams_;
  /// Set once something is known to be lost for good; then streams that show nothing behind it get open gaps.
  std::optional<GapCause> lost_;
  Position before_loss_;
  /// How far history was read since the channel was attached.
  std::uint64_t read_up_to_ = 0;
  /// Only while `lost_` is set: no stream was known at the loss, so there is none to open a gap on: the channel has
  /// one, not told yet.
  bool lost_strangers_ = false;
  /// Streams that had an envelope since the last loss: their own sequences show what they miss.
  std::set<std::string> seen_;
  /// The repair is the replay that the subscriber asked for: nothing known can be missing.
  bool first_replay_ = false;

  // Everything below is of the repair under way.
  std::deque<Publication> held_;
  /// Too many arrived to hold them. History must bring everything up to here instead.
  bool overflowed_ = false;
  std::uint64_t dropped_up_to_ = 0;
  /// Where the channel stands, to go on from when history cannot be had.
  Position fallback_;
  /// Answers that brought the repair no nearer to its end.
  int setbacks_ = 0;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_RECEIVER_H_

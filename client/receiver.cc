#include "client/receiver.h"

#include <algorithm>
#include <exception>
#include <tuple>
#include <utility>

namespace gapless::internal {
namespace {
// A page of a repair. Servers cap it (Centrifugo at 300) and a page below the cap only costs one more request.
constexpr std::size_t kHistoryPage = 300;
// Publications that may wait for a repair. More than a busy channel brings during a few round trips; beyond it history
// is asked for them, like for everything else that is missing.
constexpr std::size_t kMaxHeld = 2'048;
// Answers in one repair that may bring nothing new, or show yet another epoch, before it is given up.
constexpr int kMaxSetbacks = 3;
}  // namespace

Receiver::Receiver(Config config, const ConsumerState& restored, const std::vector<LedgerRow>& ledger)
    : config_(std::move(config)) {
  for (const auto& [producer, cursor] : restored.cursors) streams_.emplace(producer, Stream(cursor));
  RestoreLedger(ledger);
  if (restored.position != Position{}) {
    position_ = restored.position;
  } else if (restored.cursors.empty()) {
    position_ = config_.since;
  }
}

void Receiver::RestoreLedger(const std::vector<LedgerRow>& ledger) {
  struct Parts {
    std::int64_t missing = 0;
    std::int64_t known = 0;
  };
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, Parts> told;
  for (const LedgerRow& row : ledger) {
    const bool missing = row.status == LedgerStatus::kMissing;
    if (row.status == LedgerStatus::kOpen) {
      if (const auto stream = streams_.find(row.producer); stream != streams_.end()) stream->second.OpenGap();
    } else if (missing || row.status == LedgerStatus::kFilled) {
      Parts& parts = told[{row.producer, row.told_first, row.told_last}];
      parts.known += row.last - row.first + 1;
      if (!missing) continue;
      parts.missing += row.last - row.first + 1;
      streams_.emplace(row.producer, Stream(Cursor{})).first->second.RestoreMissing({row.first, row.last});
    }
  }
  for (const auto& [range, parts] : told) {
    const auto& [producer, first, last] = range;
    // Where the ledger has let go of a part nobody can tell when the range is whole again.
    if (parts.missing == 0 || parts.known != last - first + 1) continue;
    streams_.at(producer).RestoreTold({first, last}, parts.missing);
  }
}

Position Receiver::checkpoint() const {
  // A place in a channel without offsets is none: the next life must not recover from it.
  if (offsetless_ && position_->offset == 0) return {};
  return lost_ ? before_loss_ : position_.value_or(Position{});
}

bool Receiver::Vouched(const std::optional<Position>& asked, const SubscribeReply& reply, bool recoverable) const {
  return recoverable && asked && reply.recovery == Recovery::kRecovered && reply.position.epoch == position_->epoch &&
         asked->epoch == position_->epoch && asked->offset <= position_->offset && !first_replay_;
}

void Receiver::Attach(const std::optional<Position>& asked, const SubscribeReply& reply, ReceiverOutput& out) {
  held_.clear();
  read_up_to_ = 0;
  fallback_ = reply.position;
  state_ = State::kLive;
  if (!position_ && streams_.empty()) {
    BeginReplay(reply, out);
    return;
  }
  const bool known_position = position_.has_value();
  const bool same_stream = known_position && position_->epoch == reply.position.epoch;
  const bool recoverable = reply.recoverable && !(offsetless_ && known_position && position_->offset == 0);
  if (known_position && Vouched(asked, reply, recoverable)) {
    for (const Publication& publication : reply.publications) {
      if (publication.offset != 0 && publication.offset <= position_->offset) continue;
      // Even a server that vouches may have left something out.
      if (state_ == State::kLive && !JumpsAhead(publication)) {
        ProcessRepaired(publication, out);
      } else {
        Take(publication, out);
      }
    }
    if (state_ == State::kLive) TellLoss(out);
    return;
  }
  if (recoverable && same_stream && !first_replay_ && position_->offset == reply.position.offset) {
    TellLoss(out);
    return;
  }
  if (!same_stream && known_position) Lose(GapCause::kEpochChanged);
  // Something came before, and the channel says that nothing ever did: it keeps no history, whatever it claims.
  if (!known_position && reply.position.offset == 0) Lose(GapCause::kNoHistory);
  if (!config_.history || !recoverable) {
    Lose(GapCause::kNoHistory);
    position_ = reply.position;
    first_replay_ = false;
    TellLoss(out);
    return;
  }
  if (!same_stream) position_ = Position{0, reply.position.epoch};
  StartRepair(out);
}

void Receiver::BeginReplay(const SubscribeReply& reply, ReceiverOutput& out) {
  const bool replay = config_.from_start || config_.from_sequence > 0;
  if (!replay) {
    position_ = reply.position;
    if (config_.keep_place && *position_ != Position{}) out.deliveries.push_back({Beginning{}, checkpoint()});
    return;
  }
  if (!config_.history || !reply.recoverable) {
    position_ = reply.position;
    Reject(Error(Errc::kNotSupported,
                 "the subscription asked to replay what the server retains, but there is no history here; subscribe "
                 "without from_start and from_sequence, or switch history on for the channel")
               .WithChannel(config_.channel),
           out);
    return;
  }
  first_replay_ = true;
  position_ = Position{0, reply.position.epoch};
  StartRepair(out);
}

void Receiver::Detach() {
  state_ = State::kDetached;
  held_.clear();
}

bool Receiver::LeavesHole(const Publication& publication) const {
  return config_.history && position_ && publication.offset > position_->offset &&
         publication.offset - position_->offset > 1;
}

void Receiver::Take(const Publication& publication, ReceiverOutput& out) {
  if (state_ == State::kDetached) return;
  if (state_ == State::kRepairing) {
    Hold(publication);
    return;
  }
  if (publication.offset == 0 && position_->offset == 0) offsetless_ = true;
  if (JumpsAhead(publication)) {
    fallback_ = *position_;
    StartRepair(out);
    Hold(publication);
    return;
  }
  Process(publication, out);
}

void Receiver::Hold(const Publication& publication) {
  held_.push_back(publication);
  overflowed_ = overflowed_ || held_.size() > kMaxHeld;
  if (!overflowed_) return;
  for (const Publication& dropped : held_) {
    dropped_up_to_ = std::max(dropped_up_to_, dropped.offset);
    // What has no offset is in no history.
    if (dropped.offset == 0) Lose(GapCause::kNotInHistory);
  }
  held_.clear();
}

void Receiver::StartRepair(ReceiverOutput& out) {
  state_ = State::kRepairing;
  setbacks_ = 0;
  dropped_up_to_ = 0;
  AskForPage(out);
}

void Receiver::AskForPage(ReceiverOutput& out) {
  // What arrives from here on may lie beyond the answer.
  overflowed_ = false;
  out.history = HistoryRequest{.channel = config_.channel, .limit = kHistoryPage, .since = position_, .reverse = false};
}

void Receiver::TakeHistory(const std::variant<HistoryReply, ErrorReply>& answer, ReceiverOutput& out) {
  if (state_ != State::kRepairing) return;
  if (const auto* page = std::get_if<HistoryReply>(&answer)) {
    TakePage(*page, out);
    return;
  }
  const Error& refused = std::get<ErrorReply>(answer).error;
  Reject(refused, out);
  Lose(refused.errc() == Errc::kUnrecoverable ? GapCause::kEpochChanged : GapCause::kHistoryRefused);
  GiveUp(fallback_, out);
}

void Receiver::TakePage(const HistoryReply& page, ReceiverOutput& out) {
  // A top below what was seen is another stream too, even if it goes by the same name.
  if (page.top.epoch != position_->epoch || page.top.offset < position_->offset) {
    Lose(GapCause::kEpochChanged);
    position_ = Position{0, page.top.epoch};
    if (++setbacks_ > kMaxSetbacks) {
      GiveUp(page.top, out);
    } else {
      AskForPage(out);
    }
    return;
  }
  const std::uint64_t before = position_->offset;
  for (const Publication& publication : page.publications) {
    if (publication.offset <= position_->offset) continue;
    // A history leaves nothing out.
    if (LeavesHole(publication)) Lose(GapCause::kNotInHistory);
    ProcessRepaired(publication, out);
  }
  read_up_to_ = position_->offset;
  if (position_->offset == before && page.top.offset > before) {
    Lose(GapCause::kNotInHistory);
    GiveUp(page.top, out);
  } else if (position_->offset < page.top.offset) {
    AskForPage(out);
  } else if (!HeldFollow() && (position_->offset > before || ++setbacks_ <= kMaxSetbacks)) {
    AskForPage(out);
  } else {
    FinishRepair(out);
  }
}

/// History has nothing more: goes on from `top`, but not past what is in hand.
void Receiver::GiveUp(const Position& top, ReceiverOutput& out) {
  Position from = top;
  for (const Publication& publication : held_) {
    if (publication.offset != 0) from.offset = std::min(from.offset, publication.offset - 1);
  }
  if (from.epoch != position_->epoch || from.offset > position_->offset) position_ = from;
  FinishRepair(out);
}

/// Whether the position has come so far that what is held, or was dropped, follows it without a hole.
bool Receiver::HeldFollow() const {
  const bool hole = std::any_of(held_.begin(), held_.end(), [this, next = position_->offset](const auto& held) mutable {
    if (held.offset <= next) return false;
    const bool jumps = !config_.filter && held.offset - next > 1;
    next = held.offset;
    return jumps;
  });
  return !hole && dropped_up_to_ <= position_->offset;
}

void Receiver::FinishRepair(ReceiverOutput& out) {
  state_ = State::kLive;
  std::deque<Publication> held;
  held.swap(held_);
  for (const Publication& publication : held) {
    if (publication.offset != 0 && publication.offset <= position_->offset) continue;
    if (JumpsAhead(publication)) Lose(GapCause::kNotInHistory);
    Process(publication, out);
  }
  TellLoss(out);
  first_replay_ = false;
}

void Receiver::Process(const Publication& publication, ReceiverOutput& out) {
  const std::uint64_t offset_before = position_->offset;
  if (publication.offset > position_->offset) position_->offset = publication.offset;
  if (config_.filter && !config_.filter->Matches(publication.tags)) return;
  Envelope envelope;
  try {
    envelope = DecodeEnvelope(publication.data);
    ValidateEnvelope(envelope);
  } catch (const Error& error) {
    ++out.malformed;
    Error report = error;
    Reject(report.WithChannel(config_.channel).WithRaw(publication.data), out);
    return;
  }
  if (envelope.channel != config_.channel) {
    ++out.mismatched;
    Reject(Error(Errc::kChannelMismatch, "an envelope of channel \"" + envelope.channel +
                                             "\" arrived on another channel; its publisher mixes channels up")
               .WithChannel(config_.channel)
               .WithProducer(envelope.producer.id)
               .WithSequence(envelope.sequence)
               .WithRaw(publication.data),
           out);
    return;
  }
  envelope.offset = publication.offset;
  Position before = checkpoint();
  if (!lost_) before.offset = offset_before;
  Observe(std::move(envelope), before, publication.data, out);
}

void Receiver::ProcessRepaired(const Publication& publication, ReceiverOutput& out) {
  const std::size_t before = out.deliveries.size();
  Process(publication, out);
  if (out.deliveries.size() > before && std::holds_alternative<Envelope>(out.deliveries.back().what)) ++out.repaired;
}

void Receiver::Observe(Envelope envelope, const Position& before, const std::string& bytes, ReceiverOutput& out) {
  TellLostStrangers(before, out);
  Stream& stream = StreamOf(envelope.producer.id, envelope.sequence);
  const std::string producer = envelope.producer.id;
  const std::int64_t sequence = envelope.sequence;
  if (first_replay_ && sequence <= config_.from_sequence && stream.high() == config_.from_sequence) return;
  const Sighting sighting = stream.Look(envelope);
  const std::int64_t high = stream.high().value_or(0);
  if (sighting.kind == Sighting::Kind::kDuplicate) {
    // A push may arrive after the answer that brought the same.
    if (envelope.offset != 0 && envelope.offset <= read_up_to_) return;
    ++out.duplicates;
    Reject(Error(Errc::kDuplicate, "an envelope arrived again and was not delivered again")
               .WithChannel(config_.channel)
               .WithProducer(producer)
               .WithSequence(sequence)
               .WithRaw(envelope.payload),
           out);
    return;
  }
  // Among what was left out nothing is missing, but for what a loss may have taken since this stream was last seen.
  const bool misses = !config_.filter || stream.open_gap() || (lost_ && !seen_.contains(producer));
  if (lost_) seen_.insert(producer);
  if (sighting.kind == Sighting::Kind::kReset) {
    ++out.resets;
    ReportGap(Gap{GapKind::kReset, config_.channel, producer, sequence, high, GapCause::kReset}, before, out);
    if (sequence > 1 && misses) {
      ++out.gaps;
      ReportGap(Gap{GapKind::kRange, config_.channel, producer, 1, sequence - 1, GapCause::kReset}, before, out);
    }
    stream.CloseOpenGap();
  } else if (sighting.kind == Sighting::Kind::kHole && misses) {
    ++out.gaps;
    const GapCause cause = stream.open_gap()        ? GapCause::kClosedOpen
                           : lost_                  ? *lost_
                           : position_->offset == 0 ? GapCause::kNoHistory
                                                    : GapCause::kNotInHistory;
    ReportGap(Gap{GapKind::kRange, config_.channel, producer, sighting.first_missing, sequence - 1, cause}, before,
              out);
    stream.CloseOpenGap();
  } else if (sighting.kind == Sighting::Kind::kLate) {
    ++out.late;
    envelope.late = true;
  } else if (stream.open_gap()) {
    ReportGap(Gap{GapKind::kNone, config_.channel, producer, stream.next(), 0, GapCause::kClosedOpen}, before, out);
    stream.CloseOpenGap();
  }
  const std::optional<SequenceRange> filled = stream.Take(envelope, sighting, misses);
  std::optional<Cursor> cursor;
  if (sighting.kind != Sighting::Kind::kLate) cursor = stream.cursor();
  out.deliveries.push_back({std::move(envelope), checkpoint(), cursor});
  if (config_.keep_bytes) out.deliveries.back().bytes = std::make_shared<const std::string>(bytes);
  if (filled) {
    ReportGap(Gap{GapKind::kFilled, config_.channel, producer, filled->first, filled->last, GapCause::kArrivedLate},
              checkpoint(), out);
  }
}

void Receiver::ReportGap(Gap gap, const Position& after, ReceiverOutput& out) const {
  out.deliveries.push_back({std::move(gap), after, std::nullopt});
}

void Receiver::Reject(Error error, ReceiverOutput& out) const {
  out.deliveries.push_back({std::move(error), checkpoint(), std::nullopt});
}

Stream& Receiver::StreamOf(const std::string& producer, std::int64_t sequence) {
  const auto found = streams_.find(producer);
  if (found != streams_.end()) return found->second;
  // What a replay begins with is known to be complete from there, so a stream that begins later has a hole.
  if (config_.from_start) return streams_.emplace(producer, Stream(Cursor{})).first->second;
  // A producer that appears later starts at 1 with things that nobody has handled.
  if (config_.from_sequence > 0 && (first_replay_ || sequence > config_.from_sequence)) {
    return streams_.emplace(producer, Stream(Cursor{.sequence = config_.from_sequence})).first->second;
  }
  return streams_.emplace(producer, Stream()).first->second;
}

}  // namespace gapless::internal

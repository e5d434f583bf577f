#include "client/receiver.h"

#include <algorithm>
#include <exception>

namespace gapless::internal {
namespace {
// A page of a repair. Servers cap it (Centrifugo at 300) and a page below the cap only costs one more request.
constexpr std::size_t kHistoryPage = 300;
}  // namespace

Receiver::Receiver(Config config, const ConsumerState& restored) : config_(std::move(config)) {
  for (const auto& [producer, cursor] : restored.cursors) streams_.emplace(producer, Stream(cursor));
  if (restored.position.offset != 0 || !restored.position.epoch.empty()) position_ = restored.position;
}

void Receiver::Attach(const std::optional<Position>& asked, const SubscribeReply& reply, ReceiverOutput& out) {
  held_.clear();
  lost_.reset();
  seen_.clear();
  fallback_ = reply.position;
  state_ = State::kLive;
  if (!position_ && streams_.empty()) {
    BeginReplay(reply, out);
    return;
  }
  const bool known_position = position_.has_value();
  const bool same_stream = known_position && position_->epoch == reply.position.epoch;
  const bool recoverable = reply.recoverable && !(offsetless_ && known_position && position_->offset == 0);
  const bool vouched = recoverable && same_stream && asked && reply.recovery == Recovery::kRecovered &&
                       asked->epoch == position_->epoch && asked->offset <= position_->offset && !first_replay_;
  if (vouched) {
    for (const Publication& publication : reply.publications) {
      if (publication.offset != 0 && publication.offset <= position_->offset) continue;
      const std::size_t before = out.deliveries.size();
      Process(publication, out);
      out.repaired += out.deliveries.size() > before ? 1 : 0;
    }
    return;
  }
  if (recoverable && same_stream && !first_replay_ && position_->offset == reply.position.offset) return;
  if (!config_.history || !recoverable) {
    position_ = reply.position;
    first_replay_ = false;
    OpenGaps(known_position && !same_stream ? GapCause::kEpochChanged : GapCause::kNoHistory, out);
    return;
  }
  if (!same_stream) {
    if (known_position) lost_ = GapCause::kEpochChanged;
    position_ = Position{0, reply.position.epoch};
  }
  StartRepair(out);
}

void Receiver::BeginReplay(const SubscribeReply& reply, ReceiverOutput& out) {
  const bool replay = config_.from_start || config_.from_sequence > 0;
  if (!replay) {
    position_ = reply.position;
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

bool Receiver::JumpsAhead(const Publication& publication) const {
  return config_.history && position_ && publication.offset > position_->offset + 1;
}

void Receiver::Take(const Publication& publication, ReceiverOutput& out) {
  if (state_ == State::kDetached) return;
  if (state_ == State::kRepairing) {
    held_.push_back(publication);
    return;
  }
  if (publication.offset == 0 && position_->offset == 0) offsetless_ = true;
  if (JumpsAhead(publication)) {
    held_.push_back(publication);
    fallback_ = *position_;
    StartRepair(out);
    return;
  }
  Process(publication, out);
}

void Receiver::StartRepair(ReceiverOutput& out) {
  state_ = State::kRepairing;
  AskForPage(out);
}

void Receiver::AskForPage(ReceiverOutput& out) const {
  out.history = HistoryRequest{.channel = config_.channel, .limit = kHistoryPage, .since = position_, .reverse = false};
}

void Receiver::TakeHistory(const std::variant<HistoryReply, ErrorReply>& answer, ReceiverOutput& out) {
  if (state_ != State::kRepairing) return;
  if (const auto* refused = std::get_if<ErrorReply>(&answer)) {
    Reject(refused->error, out);
    lost_ = refused->error.errc() == Errc::kUnrecoverable ? GapCause::kEpochChanged : GapCause::kHistoryRefused;
    if (fallback_.offset > position_->offset || fallback_.epoch != position_->epoch) position_ = fallback_;
    FinishRepair(out);
    return;
  }
  const auto& page = std::get<HistoryReply>(answer);
  // A top below what was seen is another stream too, even if it goes by the same name.
  if (page.top.epoch != position_->epoch || page.top.offset < position_->offset) {
    lost_ = GapCause::kEpochChanged;
    position_ = Position{0, page.top.epoch};
    AskForPage(out);
    return;
  }
  const std::uint64_t before = position_->offset;
  for (const Publication& publication : page.publications) {
    if (publication.offset <= position_->offset) continue;
    if (publication.offset != position_->offset + 1 && !lost_) lost_ = GapCause::kNotInHistory;
    ++out.repaired;
    Process(publication, out);
  }
  if (page.publications.empty() && page.top.offset > position_->offset) {
    if (!lost_) lost_ = GapCause::kNotInHistory;
    position_->offset = page.top.offset;
  }
  if (position_->offset > before && position_->offset < page.top.offset) {
    AskForPage(out);
    return;
  }
  FinishRepair(out);
}

void Receiver::FinishRepair(ReceiverOutput& out) {
  state_ = State::kLive;
  std::deque<Publication> held;
  held.swap(held_);
  for (const Publication& publication : held) {
    if (publication.offset != 0 && publication.offset <= position_->offset) continue;
    if (JumpsAhead(publication) && !lost_) lost_ = GapCause::kNotInHistory;
    Process(publication, out);
  }
  // A replay from the start misses nothing that was ever seen: sequences tell what history no longer holds.
  if (lost_ && !first_replay_) OpenGaps(*lost_, out);
  first_replay_ = false;
  lost_.reset();
  seen_.clear();
}

void Receiver::OpenGaps(GapCause cause, ReceiverOutput& out) {
  bool any = false;
  for (auto& [producer, stream] : streams_) {
    any = true;
    if (seen_.contains(producer) || stream.open_gap() || !stream.high()) continue;
    stream.OpenGap();
    ReportGap(Gap{GapKind::kOpen, config_.channel, producer, *stream.high() + 1, 0, cause}, out);
  }
  if (!any) ReportGap(Gap{GapKind::kOpen, config_.channel, {}, 0, 0, cause}, out);
}

bool Receiver::has_open_gap() const {
  return std::any_of(streams_.begin(), streams_.end(), [](const auto& entry) { return entry.second.open_gap(); });
}

void Receiver::CloseOpenGaps(ReceiverOutput& out) {
  for (auto& [producer, stream] : streams_) {
    if (!stream.open_gap()) continue;
    stream.CloseOpenGap();
    ReportGap(Gap{GapKind::kNone, config_.channel, producer, *stream.high() + 1, 0, GapCause::kClosedOpen}, out);
  }
}

void Receiver::Process(const Publication& publication, ReceiverOutput& out) {
  if (publication.offset > position_->offset) position_->offset = publication.offset;
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
  Observe(std::move(envelope), out);
}

void Receiver::Observe(Envelope envelope, ReceiverOutput& out) {
  Stream& stream = StreamOf(envelope.producer.id, envelope.sequence);
  const std::string producer = envelope.producer.id;
  const std::int64_t sequence = envelope.sequence;
  if (first_replay_ && sequence <= config_.from_sequence && stream.high() == config_.from_sequence) return;
  const Sighting sighting = stream.Look(envelope);
  const std::int64_t high = stream.high().value_or(0);
  if (sighting.kind == Sighting::Kind::kDuplicate) {
    ++out.duplicates;
    Reject(Error(Errc::kDuplicate, "an envelope arrived again and was not delivered again")
               .WithChannel(config_.channel)
               .WithProducer(producer)
               .WithSequence(sequence)
               .WithRaw(envelope.payload),
           out);
    return;
  }
  seen_.insert(producer);
  if (sighting.kind == Sighting::Kind::kReset) {
    ++out.resets;
    ReportGap(Gap{GapKind::kReset, config_.channel, producer, sequence, high, GapCause::kReset}, out);
    if (sequence > 1) {
      ++out.gaps;
      ReportGap(Gap{GapKind::kRange, config_.channel, producer, 1, sequence - 1, GapCause::kReset}, out);
    }
    stream.CloseOpenGap();
  } else if (sighting.kind == Sighting::Kind::kHole) {
    ++out.gaps;
    const GapCause cause = stream.open_gap()        ? GapCause::kClosedOpen
                           : lost_                  ? *lost_
                           : position_->offset == 0 ? GapCause::kNoHistory
                                                    : GapCause::kNotInHistory;
    ReportGap(Gap{GapKind::kRange, config_.channel, producer, sighting.first_missing, sequence - 1, cause}, out);
    stream.CloseOpenGap();
  } else if (sighting.kind == Sighting::Kind::kLate) {
    ++out.late;
    envelope.late = true;
  } else if (stream.open_gap()) {
    ReportGap(Gap{GapKind::kNone, config_.channel, producer, high + 1, 0, GapCause::kClosedOpen}, out);
    stream.CloseOpenGap();
  }
  stream.Take(envelope, sighting);
  std::optional<Cursor> cursor;
  if (sighting.kind != Sighting::Kind::kLate) cursor = stream.cursor();
  out.deliveries.push_back({std::move(envelope), *position_, cursor});
}

void Receiver::ReportGap(Gap gap, ReceiverOutput& out) const {
  out.deliveries.push_back({std::move(gap), position_.value_or(Position{}), std::nullopt});
}

void Receiver::Reject(Error error, ReceiverOutput& out) const {
  out.deliveries.push_back({std::move(error), position_.value_or(Position{}), std::nullopt});
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

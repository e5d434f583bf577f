// What a receiver tells of losses that nobody can make good.

#include <algorithm>
#include <utility>

#include "client/receiver.h"

namespace gapless::internal {

void Receiver::Lose(GapCause cause) {
  seen_.clear();
  // A replay that has met nobody yet has nothing to miss: sequences tell what history no longer holds.
  if (first_replay_ && streams_.empty()) return;
  if (!lost_) before_loss_ = position_.value_or(Position{});
  // Whatever is met from here on may have begun in what was lost.
  if (streams_.empty()) lost_strangers_ = true;
  // Of several causes the first explains the others, but for a new epoch, which explains them all.
  if (!lost_ || cause == GapCause::kEpochChanged) lost_ = cause;
}

void Receiver::TellLoss(ReceiverOutput& out) {
  if (lost_) OpenGaps(out);
  lost_.reset();
  seen_.clear();
  if (!out.deliveries.empty()) out.deliveries.back().after = checkpoint();
}

void Receiver::OpenGaps(ReceiverOutput& out) {
  TellLostStrangers(checkpoint(), out);
  for (auto& [producer, stream] : streams_) {
    if (seen_.contains(producer) || stream.open_gap() || !stream.high()) continue;
    stream.OpenGap();
    ReportGap(Gap{GapKind::kOpen, config_.channel, producer, stream.next(), 0, *lost_}, checkpoint(), out);
  }
}

void Receiver::TellLostStrangers(const Position& after, ReceiverOutput& out) {
  if (!std::exchange(lost_strangers_, false)) return;
  ReportGap(Gap{GapKind::kOpen, config_.channel, {}, 0, 0, *lost_}, after, out);
}

bool Receiver::has_open_gap() const {
  return std::any_of(streams_.begin(), streams_.end(), [](const auto& entry) { return entry.second.open_gap(); });
}

void Receiver::CloseOpenGaps(ReceiverOutput& out) {
  for (auto& [producer, stream] : streams_) {
    if (!stream.open_gap()) continue;
    stream.CloseOpenGap();
    ReportGap(Gap{GapKind::kNone, config_.channel, producer, stream.next(), 0, GapCause::kClosedOpen}, checkpoint(),
              out);
  }
}

}  // namespace gapless::internal

#include "client/stream_check.h"

#include <utility>

#include "gapless/error.h"

namespace gapless::internal {
namespace {

constexpr std::size_t kPageSize = 100;
// Enough for a stream that is one of a hundred in its channel; beyond it the answer is "not found".
constexpr std::size_t kMaxPages = 20;

}  // namespace

HistoryRequest StreamCheck::NextPage() const { return {channel_, kPageSize, before_, true}; }

bool StreamCheck::TakePage(const HistoryReply& page) {
  ++pages_;
  for (const Publication& publication : page.publications) {
    if (!before_ || publication.offset < before_->offset) before_ = Position{publication.offset, page.top.epoch};
    try {
      Envelope envelope = DecodeEnvelope(publication.data);
      if (envelope.producer.id != producer_ || envelope.channel != channel_ || envelope.sequence < 1) continue;
      const std::int64_t sequence = envelope.sequence;
      // The first one found is the newest: a producer that started over is known by what it sent last.
      seen_.try_emplace(sequence, Seen{std::move(envelope), {publication.offset, page.top.epoch}});
    } catch (const Error&) {
      saw_unreadable_ = true;  // Whoever subscribes is told of it.
    }
  }
  if (page.publications.empty() || SawBeginning() || pages_ >= kMaxPages) return false;
  return seen_.empty() || (oldest_ > 0 && seen_.begin()->first > oldest_) || !SpansWindow();
}

// Whatever is higher than all that was seen and further back was in flight together with all of them. Their number
// counts, not how far apart they are: those between may have gone out long before.
bool StreamCheck::SpansWindow() const { return window_ == 0 || seen_.size() >= window_; }

bool SameEnvelope(const std::string& bytes, const Envelope& seen) {
  const Envelope own = DecodeEnvelope(bytes);
  return own.produced_at == seen.produced_at && own.aspect == seen.aspect && own.payload == seen.payload;
}

}  // namespace gapless::internal

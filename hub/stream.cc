#include "hub/stream.h"

#include <algorithm>
#include <utility>

#include "gapless/error.h"
#include "hub/server_error.h"

namespace gapless::hub {

SharedPublication Stream::Append(Publication next, TimePoint now, const StreamBounds& bounds) {
  next.offset = ++top_;
  auto publication = std::make_shared<const Publication>(std::move(next));
  retained_.push_back({publication, now});
  while (retained_.size() > bounds.size) retained_.pop_front();
  Expire(now, bounds);
  Touch(now);
  return publication;
}

void Stream::Expire(TimePoint now, const StreamBounds& bounds) {
  if (bounds.ttl == Duration{0}) return;
  while (!retained_.empty() && now - retained_.front().published_at > bounds.ttl) retained_.pop_front();
}

Replay Stream::Recover(const Position& from, const StreamBounds& bounds) const {
  const Replay refused{.recovered = false, .position = Top(), .publications = {}};
  if (!from.epoch.empty() && from.epoch != epoch_) return refused;
  const std::size_t first = IndexAfter(from.offset);
  const std::size_t count = retained_.size() - first;
  if (count == 0) {
    if (from.offset != top_) return refused;
  } else if (retained_[first].publication->offset != from.offset + 1 || count > bounds.page) {
    return refused;
  }
  return {.recovered = true, .position = {from.offset, epoch_}, .publications = Upwards(first, count)};
}

HistoryPage Stream::History(const HistoryRequest& request, const StreamBounds& bounds) const {
  if (request.since) {
    if (request.reverse && request.since->offset == 0) {
      throw ServerError(ServerCode::kBadRequest, "a reverse history needs a since offset above 0", request.channel);
    }
    if (!request.since->epoch.empty() && request.since->epoch != epoch_) {
      throw ServerError(ServerCode::kUnrecoverablePosition, "the since position is of another epoch; start over",
                        request.channel);
    }
  }
  HistoryPage page{.publications = {}, .top = Top()};
  const std::size_t count = std::min(request.limit, bounds.page);
  if (!request.reverse) {
    page.publications = Upwards(request.since ? IndexAfter(request.since->offset) : 0, count);
  } else if (!request.since) {
    page.publications = Downwards(retained_.size(), count);
  } else if (request.since->offset - 1 <= top_) {
    page.publications = Downwards(IndexAfter(request.since->offset - 1), count);
  }
  return page;
}

std::vector<SharedPublication> Stream::All() const { return Upwards(0, retained_.size()); }

std::size_t Stream::IndexAfter(std::uint64_t offset) const noexcept {
  if (retained_.empty() || offset >= top_) return retained_.size();
  const std::uint64_t first_offset = top_ - retained_.size() + 1;
  return offset < first_offset ? 0 : static_cast<std::size_t>(offset - first_offset + 1);
}

std::vector<SharedPublication> Stream::Upwards(std::size_t index, std::size_t count) const {
  std::vector<SharedPublication> publications;
  const std::size_t end = index + std::min(count, retained_.size() - index);
  publications.reserve(end - index);
  for (; index < end; ++index) publications.push_back(retained_[index].publication);
  return publications;
}

std::vector<SharedPublication> Stream::Downwards(std::size_t end, std::size_t count) const {
  std::vector<SharedPublication> publications;
  const std::size_t last = end - std::min(count, end);
  publications.reserve(end - last);
  while (end > last) publications.push_back(retained_[--end].publication);
  return publications;
}

}  // namespace gapless::hub

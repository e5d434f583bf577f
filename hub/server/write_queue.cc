#include "hub/server/write_queue.h"

#include <utility>

namespace gapless::hub {

void WriteQueue::Add(Chunk chunk) {
  bytes_ += chunk.bytes().size();
  waiting_.push_back(std::move(chunk));
}

std::string_view WriteQueue::BeginFrame() {
  frame_ = std::move(waiting_.front());
  waiting_.pop_front();
  frame_bytes_ = frame_.bytes().size();
  const auto fits = [this](std::size_t size) {
    return !waiting_.empty() && size + 1 + waiting_.front().bytes().size() <= kMaxFrameBytes;
  };
  if (!fits(frame_bytes_)) return frame_.bytes();
  std::string joined;
  joined.reserve(kMaxFrameBytes < bytes_ + waiting_.size() ? kMaxFrameBytes : bytes_ + waiting_.size());
  joined += frame_.bytes();
  while (fits(joined.size())) {
    const std::string_view next = waiting_.front().bytes();
    joined += '\n';
    joined += next;
    frame_bytes_ += next.size();
    waiting_.pop_front();
  }
  frame_ = Chunk{std::move(joined), nullptr};
  return frame_.bytes();
}

void WriteQueue::FrameDone() {
  bytes_ -= std::exchange(frame_bytes_, 0);
  frame_ = {};
}

}  // namespace gapless::hub

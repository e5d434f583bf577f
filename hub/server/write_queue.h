#ifndef GAPLESS_HUB_SERVER_WRITE_QUEUE_H_
#define GAPLESS_HUB_SERVER_WRITE_QUEUE_H_

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "hub/server/mailbox.h"

namespace gapless::hub {

/// One or more messages with newlines between them: replies of one connection, or a push shared with others.
struct Chunk {
  std::string text;
  SharedPush push;

  std::string_view bytes() const noexcept { return push ? std::string_view(push->bytes) : std::string_view(text); }
};

/// What waits to be written to a connection. Each frame takes whatever has gathered meanwhile, up to
/// `kMaxFrameBytes`; a lone or large chunk goes out from where it lies, without a copy.
class WriteQueue {
 public:
  static constexpr std::size_t kMaxFrameBytes = 64 * 1024;

  void Add(Chunk chunk);
  bool empty() const noexcept { return waiting_.empty(); }
  /// Bytes not yet written, those of the frame under way included.
  std::size_t bytes() const noexcept { return bytes_; }
  /// The next frame, which stays valid until `FrameDone`. There must be something to write, and no frame under way.
  std::string_view BeginFrame();
  void FrameDone();

 private:
  std::deque<Chunk> waiting_;
  Chunk frame_;
  /// Bytes of the chunks that `frame_` was made of.
  std::size_t frame_bytes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_WRITE_QUEUE_H_

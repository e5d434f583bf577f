#ifndef GAPLESS_HUB_SERVER_MAILBOX_H_
#define GAPLESS_HUB_SERVER_MAILBOX_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hub/core.h"

namespace gapless::hub {

/// What goes out to subscribers of a channel: a publication, encoded once and shared by all connections, or who came or
/// left.
struct Push {
  std::string channel;
  std::uint64_t offset = 0;
  /// Empty if the publication's data is not JSON, which this protocol cannot carry.
  std::string bytes;
  /// What it was made from, for those who get deltas instead; null if it is no publication.
  std::shared_ptr<const Publication> publication = nullptr;
};
using SharedPush = std::shared_ptr<const Push>;

/// Encodes publications. The hub hands one publication to all its subscribers in a row and under its lock, so
/// remembering the last one is enough, and needs no lock here. One encoder serves one hub.
class PushEncoder {
 public:
  SharedPush Encode(const std::string& channel, const std::shared_ptr<const Publication>& publication);

 private:
  std::shared_ptr<const Publication> last_publication_;
  SharedPush last_push_;
};

/// Where the hub leaves publications for one connection, from any thread.
class Mailbox : public HubClient {
 public:
  /// `wake` is called when the mailbox was empty before and when it overflows; it must not block.
  Mailbox(std::shared_ptr<PushEncoder> encoder, std::size_t max_bytes, std::function<void()> wake);

  void OnPublication(const std::string& channel, const std::shared_ptr<const Publication>& publication) override;
  void OnPresence(const std::string& channel, bool joined, const Presence& member) override;

  struct Contents {
    std::vector<SharedPush> pushes;
    /// More than `max_bytes` were waiting. The push that went over is here, later ones are lost.
    bool overflowed = false;
  };
  Contents Take();
  bool overflowed() const noexcept { return overflowed_; }
  /// How many bytes wait further down; they count as well.
  void SetBacklog(std::size_t bytes);

 private:
  void Put(SharedPush push);

  const std::shared_ptr<PushEncoder> encoder_;
  const std::size_t max_bytes_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<SharedPush> pushes_;
  std::size_t bytes_ = 0;
  std::size_t backlog_ = 0;
  std::atomic<bool> overflowed_{false};
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_MAILBOX_H_

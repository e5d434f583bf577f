#include "hub/server/mailbox.h"

#include <utility>

#include "hub/server/command.h"
#include "hub/server/reply.h"

namespace gapless::hub {

SharedPush PushEncoder::Encode(const std::string& channel, const std::shared_ptr<const Publication>& publication) {
  if (publication == last_publication_) return last_push_;
  auto push = std::make_shared<Push>(Push{channel, publication->offset, {}, publication});
  if (IsJsonValue(publication->data)) {
    constexpr std::size_t kAroundData = 64;
    push->bytes.reserve(publication->data.size() + channel.size() + kAroundData);
    AppendPublicationPush(push->bytes, channel, *publication);
  }
  last_publication_ = publication;
  last_push_ = std::move(push);
  return last_push_;
}

Mailbox::Mailbox(std::shared_ptr<PushEncoder> encoder, std::size_t max_bytes, std::function<void()> wake)
    : encoder_(std::move(encoder)), max_bytes_(max_bytes), wake_(std::move(wake)) {}

void Mailbox::OnPublication(const std::string& channel, const std::shared_ptr<const Publication>& publication) {
  if (!overflowed_) Put(encoder_->Encode(channel, publication));
}

void Mailbox::OnPresence(const std::string& channel, bool joined, const Presence& member) {
  if (overflowed_) return;
  auto push = std::make_shared<Push>(Push{channel, 0, {}});
  AppendPresencePush(push->bytes, channel, joined, member);
  Put(std::move(push));
}

void Mailbox::Put(SharedPush push) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    bytes_ += push->bytes.size();
    overflowed_ = bytes_ + backlog_ > max_bytes_;
    wake = pushes_.empty() || overflowed_;
    pushes_.push_back(std::move(push));
  }
  if (wake) wake_();
}

Mailbox::Contents Mailbox::Take() {
  const std::lock_guard lock(mutex_);
  bytes_ = 0;
  return {std::exchange(pushes_, {}), overflowed_};
}

void Mailbox::SetBacklog(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  backlog_ = bytes;
}

}  // namespace gapless::hub

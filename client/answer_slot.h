#ifndef GAPLESS_CLIENT_ANSWER_SLOT_H_
#define GAPLESS_CLIENT_ANSWER_SLOT_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "gapless/runtime.h"

namespace gapless::internal {

/// One answer, handed from the session to a thread that waits for it. The first answer counts.
template <typename Answer>
class AnswerSlot {
 public:
  void Put(Answer answer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!answer_) answer_ = std::move(answer);
    changed_.notify_all();
  }

  /// The answer, or nothing once `deadline` has passed.
  std::optional<Answer> WaitUntil(Runtime& runtime, TimePoint deadline) {
    std::unique_lock<std::mutex> lock(mutex_);
    runtime.Wait(lock, changed_, deadline, [this] { return answer_.has_value(); });
    return answer_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Answer> answer_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_ANSWER_SLOT_H_

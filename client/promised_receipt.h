#ifndef GAPLESS_CLIENT_PROMISED_RECEIPT_H_
#define GAPLESS_CLIENT_PROMISED_RECEIPT_H_

#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <variant>

#include "client/publish_pump.h"

namespace gapless::internal {

/// The future's other end of a `PublishAsync`. The first answer counts.
class PromisedReceipt {
 public:
  std::future<Receipt> Future() { return promise_.get_future(); }

  void Put(PublishAnswer answer) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (answered_) return;
      answered_ = true;
    }
    if (const auto* error = std::get_if<Error>(&answer)) {
      promise_.set_exception(std::make_exception_ptr(*error));
    } else {
      promise_.set_value(std::move(std::get<Receipt>(answer)));
    }
  }

  /// Calls `cancelled` once `token` is asked to stop, as long as this lives.
  void CancelWith(const std::stop_token& token, std::function<void()> cancelled) {
    if (token.stop_possible()) on_stop_.emplace(token, std::move(cancelled));
  }

 private:
  std::promise<Receipt> promise_;
  std::mutex mutex_;
  bool answered_ = false;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_PROMISED_RECEIPT_H_

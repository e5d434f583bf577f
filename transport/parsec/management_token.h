#ifndef GAPLESS_TRANSPORT_PARSEC_MANAGEMENT_TOKEN_H_
#define GAPLESS_TRANSPORT_PARSEC_MANAGEMENT_TOKEN_H_

#include <functional>
#include <mutex>
#include <string>

#include "gapless/parsec.h"

namespace gapless::parsec {

/// The management token of one client: given, or fetched by the user's function, which is called by one thread at a
/// time. Thread-safe.
class ManagementToken {
 public:
  explicit ManagementToken(const ParsecOptions& options)
      : token_(options.management_token), fetch_(options.get_management_token) {}

  bool CanFetch() const { return static_cast<bool>(fetch_); }
  /// Waits for the user's function where there is no token yet, and throws what it throws.
  std::string Get() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (token_.empty() && fetch_) token_ = fetch_();
    return token_;
  }
  /// The server does not take this one. Another is fetched, if there is a way to.
  void Refuse(const std::string& token) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (fetch_ && token == token_) token_.clear();
  }

 private:
  std::mutex mutex_;
  std::string token_;
  const std::function<std::string()> fetch_;
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_MANAGEMENT_TOKEN_H_

#ifndef GAPLESS_TRANSPORT_NET_HTTP_ANSWER_H_
#define GAPLESS_TRANSPORT_NET_HTTP_ANSWER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gapless/error.h"
#include "transport/net/http.h"

namespace gapless::net {

// What the engines for HTTP have in common: who waits for an answer, and how they say what became of it.

/// How far a request has come.
enum class HttpStep : std::uint8_t { kConnecting, kSent, kAnswering };

/// What a failure at this step means.
Error HttpFailure(HttpStep step, const std::string& detail);
Error HttpTimeout(std::chrono::milliseconds timeout);
Error HttpBodyTooLarge(std::size_t max_body_bytes);

/// Adds a header as `HttpResponse` has them.
void AddHeader(HttpResponse& head, std::string_view name, std::string_view value);

/// Who waits for the answer of one request, until it is told or leaves. Thread-safe.
class HttpAudience {
 public:
  /// Without `parts` it wants the answer as a whole.
  HttpAudience(std::optional<std::weak_ptr<HttpParts>> parts, HttpEngine::Done done)
      : parts_(std::move(parts)), done_(std::move(done)) {}

  bool wants_parts() const { return parts_.has_value(); }

  /// Runs `say` on the listener for parts, if somebody still waits.
  template <typename Say>
  void Tell(const Say& say) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!done_) return;
    }
    if (const auto listener = parts_->lock()) say(*listener);
  }

  /// From now on nobody waits. Returns whom the outcome is to be told, or null if nobody waited.
  HttpEngine::Done Leave() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(done_, nullptr);
  }

 private:
  const std::optional<std::weak_ptr<HttpParts>> parts_;
  std::mutex mutex_;
  HttpEngine::Done done_;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_HTTP_ANSWER_H_

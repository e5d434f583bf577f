#ifndef GAPLESS_TRANSPORT_NET_IO_DEADLINE_H_
#define GAPLESS_TRANSPORT_NET_IO_DEADLINE_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace gapless::net {

/// The deadline of whatever its owner does at the moment. On the io thread.
class IoDeadline {
 public:
  explicit IoDeadline(boost::asio::io_context& context) : timer_(context) {}

  /// Runs `late`, which must not throw, once `limit` has passed, instead of what was armed before; never for a limit of
  /// 0. The owner is kept alive until then, or until `Clear`.
  template <typename Late>
  void Arm(std::chrono::milliseconds limit, std::shared_ptr<void> owner, Late late) {
    Clear();
    if (limit.count() == 0) return;
    timer_.expires_after(limit);
    timer_.async_wait([this, armed = armed_, owner = std::move(owner),
                       late = std::move(late)](boost::system::error_code cancelled) mutable {
      // One that had passed before it was cleared still arrives, and without an error.
      if (!cancelled && armed == armed_) late();
    });
  }

  void Clear() {
    ++armed_;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  std::uint64_t armed_ = 0;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_IO_DEADLINE_H_

#ifndef GAPLESS_TRANSPORT_NET_BODY_SINK_H_
#define GAPLESS_TRANSPORT_NET_BODY_SINK_H_

#include <cpprest/astreambuf.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ios>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace gapless::net {

/// Takes the body of an answer from cpprest as it arrives. Written to by one thread at a time.
class BodySink : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
  using Base = concurrency::streams::details::streambuf_state_manager<std::uint8_t>;

 public:
  BodySink() : Base(std::ios_base::out) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return static_cast<pos_type>(traits::eof()); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return static_cast<pos_type>(traits::eof()); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return static_cast<pos_type>(traits::eof());
  }
  bool acquire(std::uint8_t*& ptr, std::size_t& count) override {
    ptr = nullptr;
    count = 0;
    return false;
  }
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  /// Takes some more. Nothing further comes before the task is done; one that fails ends the request.
  virtual pplx::task<void> Take(std::string_view bytes) = 0;

  pplx::task<std::size_t> _putn(const std::uint8_t* ptr, std::size_t count) override {
    return Take({reinterpret_cast<const char*>(ptr), count}).then([count] { return count; });
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    return _putn(&byte, 1).then([byte](std::size_t) { return static_cast<int_type>(byte); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  // No memory of ours is lent out, and nothing is ever read through this.
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}
  pplx::task<int_type> _bumpc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<int_type> _ungetc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override { return pplx::task_from_result<std::size_t>(0); }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }
};

/// Keeps a body up to a bound. cpprest's own buffer keeps whatever a server sends.
class BoundedBody final : public BodySink {
 public:
  explicit BoundedBody(std::size_t bound) : bound_(bound) {}

  bool overflowed() const { return overflowed_; }
  std::string TakeAll() { return std::move(bytes_); }

 private:
  pplx::task<void> Take(std::string_view bytes) override {
    overflowed_ = overflowed_ || bytes.size() > bound_ - bytes_.size();
    if (overflowed_) return pplx::task_from_exception<void>(std::length_error("the body is above its bound"));
    bytes_.append(bytes);
    return pplx::task_from_result();
  }

  const std::size_t bound_;
  std::string bytes_;
  bool overflowed_ = false;
};

/// Passes a body on part by part, but not before the head of its answer is told: cpprest tells of that on another
/// thread.
class StreamedBody final : public BodySink {
 public:
  explicit StreamedBody(std::function<void(std::string_view)> on_part) : on_part_(std::move(on_part)) {}

  void HeadIsTold() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      head_is_told_ = true;
      if (!early_.empty()) on_part_(std::exchange(early_, {}));
    }
    told_.set();
  }

 private:
  pplx::task<void> Take(std::string_view bytes) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!head_is_told_) {
      early_.append(bytes);
      return pplx::create_task(told_);
    }
    on_part_(bytes);
    return pplx::task_from_result();
  }

  const std::function<void(std::string_view)> on_part_;
  const pplx::task_completion_event<void> told_;
  std::mutex mutex_;
  bool head_is_told_ = false;
  /// The one part that arrived before.
  std::string early_;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_BODY_SINK_H_

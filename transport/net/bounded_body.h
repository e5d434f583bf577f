#ifndef GAPLESS_TRANSPORT_NET_BOUNDED_BODY_H_
#define GAPLESS_TRANSPORT_NET_BOUNDED_BODY_H_

#include <cpprest/astreambuf.h>

#include <cstddef>
#include <cstdint>
#include <ios>
#include <string>
#include <utility>

namespace gapless::net {

/// Takes the body of an answer from cpprest, up to a bound; what is more makes its write fail, and with that the
/// request. cpprest's own buffer takes whatever a server sends. Written to by one thread at a time.
class BoundedBody final : public concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
  using Base = concurrency::streams::details::streambuf_state_manager<std::uint8_t>;

 public:
  explicit BoundedBody(std::size_t bound) : Base(std::ios_base::out), bound_(bound) {}

  bool overflowed() const { return overflowed_; }
  std::string Take() { return std::move(bytes_); }

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
  pplx::task<std::size_t> _putn(const std::uint8_t* ptr, std::size_t count) override {
    if (count > bound_ - bytes_.size()) {
      overflowed_ = true;
      return pplx::task_from_exception<std::size_t>(std::length_error("the body is above its bound"));
    }
    bytes_.append(reinterpret_cast<const char*>(ptr), count);
    return pplx::task_from_result(count);
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

 private:
  const std::size_t bound_;
  std::string bytes_;
  bool overflowed_ = false;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_BOUNDED_BODY_H_

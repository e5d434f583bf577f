#ifndef GAPLESS_SNAPSHOT_BYTE_CODEC_H_
#define GAPLESS_SNAPSHOT_BYTE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gapless::internal {

/// Appends little-endian fixed-width integers, varints (seven bits a byte, low bits first) and strings with their
/// length in front.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void Byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void Fixed32(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) Byte(static_cast<std::uint8_t>(value >> shift));
  }
  void Fixed64(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) Byte(static_cast<std::uint8_t>(value >> shift));
  }
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) Byte(static_cast<std::uint8_t>(value | 0x80));
    Byte(static_cast<std::uint8_t>(value));
  }
  void String(std::string_view value) {
    Varint(value.size());
    out_.append(value);
  }

 private:
  std::string& out_;
};

/// Reads what `ByteWriter` wrote. Once anything does not fit it has failed for good and hands out zeros, so that a
/// caller checks `ok()` once for a whole structure (and in every loop). Allocates nothing by itself.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  /// Failed, or nothing is left.
  bool AtEnd() const { return rest_.empty(); }

  std::uint8_t Byte() { return static_cast<std::uint8_t>(Fixed(1)); }
  std::uint32_t Fixed32() { return static_cast<std::uint32_t>(Fixed(4)); }
  std::uint64_t Fixed64() { return Fixed(8); }
  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = Byte();
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    Fail();
    return 0;
  }
  std::string_view String() {
    const std::uint64_t size = Varint();
    return size <= rest_.size() ? Take(static_cast<std::size_t>(size)) : Fail();
  }

 private:
  std::uint64_t Fixed(std::size_t size) {
    if (size > rest_.size()) Fail();
    std::uint64_t value = 0;
    int shift = 0;
    for (const char byte : Take(size < rest_.size() ? size : rest_.size())) {
      value |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    return value;
  }
  std::string_view Take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view Fail() {
    ok_ = false;
    rest_ = {};
    return {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_BYTE_CODEC_H_

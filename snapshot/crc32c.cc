#include "snapshot/crc32c.h"

#include <array>
#include <cstddef>

namespace gapless::internal {
namespace {

constexpr std::uint32_t kReflectedPolynomial = 0x82F6'3B78U;
constexpr std::size_t kStride = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, kStride>;

// Table k advances the checksum by one byte that is followed by k more, so that eight bytes are taken at a time.
constexpr Tables MakeTables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kStride; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

std::uint32_t ByteAt(std::string_view bytes, std::size_t at) noexcept { return static_cast<unsigned char>(bytes[at]); }

}  // namespace

std::uint32_t Crc32c(std::string_view bytes, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  while (bytes.size() >= kStride) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kStride; ++i) {
      const std::uint32_t byte = i < 4 ? (ByteAt(bytes, i) ^ (crc >> (8 * i))) & 0xFF : ByteAt(bytes, i);
      next ^= kTables[kStride - 1 - i][byte];
    }
    crc = next;
    bytes.remove_prefix(kStride);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) crc = (crc >> 8) ^ kTables[0][(crc ^ ByteAt(bytes, i)) & 0xFF];
  return ~crc;
}

}  // namespace gapless::internal

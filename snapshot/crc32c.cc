#include "snapshot/crc32c.h"

#include <cstddef>

namespace gapless::internal {
namespace {

constexpr std::uint32_t kReflectedPolynomial = 0x82F6'3B78U;
constexpr std::size_t kStride = 8;

struct Tables {
  std::uint32_t of[kStride][256];
};

// Table k advances the checksum by one byte that is followed by k more, so that eight bytes are taken at a time.
constexpr Tables MakeTables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables.of[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kStride; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables.of[k - 1][byte];
      tables.of[k][byte] = (before >> 8) ^ tables.of[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

}  // namespace

std::uint32_t Crc32c(std::string_view bytes, std::uint32_t before) noexcept {
  const auto& of = kTables.of;
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  std::uint32_t crc = ~before;
  for (; left >= kStride; left -= kStride, at += kStride) {
    crc = of[7][at[0] ^ (crc & 0xFF)] ^ of[6][at[1] ^ ((crc >> 8) & 0xFF)] ^ of[5][at[2] ^ ((crc >> 16) & 0xFF)] ^
          of[4][at[3] ^ (crc >> 24)] ^ of[3][at[4]] ^ of[2][at[5]] ^ of[1][at[6]] ^ of[0][at[7]];
  }
  for (; left > 0; --left, ++at) crc = (crc >> 8) ^ of[0][(crc ^ *at) & 0xFF];
  return ~crc;
}

}  // namespace gapless::internal

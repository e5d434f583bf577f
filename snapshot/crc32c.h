#ifndef GAPLESS_SNAPSHOT_CRC32C_H_
#define GAPLESS_SNAPSHOT_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace gapless::internal {

/// CRC-32C (Castagnoli) of `bytes`, continued from the checksum of what came before them. Any one flipped bit and
/// any run of up to 32 damaged bits changes it.
std::uint32_t Crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_CRC32C_H_

#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_FOSSIL_DELTA_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_FOSSIL_DELTA_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace gapless::centrifuge {

/// The largest target that a delta is followed to. A few bytes of delta can ask for any amount of copies.
inline constexpr std::size_t kMaxDeltaTargetBytes = 64 * 1024 * 1024;

/// What `delta`, in Fossil's delta format, makes of `base`.
///
///   delta    := size "\n" { copy | insert } checksum ";"
///   copy     := count "@" offset ","    bytes of the base
///   insert   := count ":" bytes         bytes of the delta
///
/// Numbers are 32 bits in base 64, the most significant digit first. The checksum is that of the target.
///
/// Throws `Error(kProtocol)` for whatever is malformed, reaches beyond the base, or makes another target than it says:
/// a delta against another base is found out by its checksum.
std::string ApplyFossilDelta(std::string_view base, std::string_view delta);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_FOSSIL_DELTA_H_

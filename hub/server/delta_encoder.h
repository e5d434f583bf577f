#ifndef GAPLESS_HUB_SERVER_DELTA_ENCODER_H_
#define GAPLESS_HUB_SERVER_DELTA_ENCODER_H_

#include <string>
#include <string_view>

namespace gapless::hub {

/// A delta in Fossil's format that makes `target` of `base`: what both begin and end with is copied, the middle is
/// inserted. Both are UTF-8 and below 4 GiB. Copies end where characters do, so that the delta is UTF-8 as well and a
/// JSON string can carry it. It may be longer than the target.
std::string EncodeDelta(std::string_view base, std::string_view target);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_DELTA_ENCODER_H_

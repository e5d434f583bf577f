#ifndef GAPLESS_BENCH_DOM_CODEC_H_
#define GAPLESS_BENCH_DOM_CODEC_H_

#include <string>

#include "gapless/envelope.h"

namespace gapless::bench {

/// The peer: what one writes with nlohmann::json alone, in its plainest form. Keys are sorted and nothing is escaped
/// for HTML, so the bytes are not Parsec's; the work is the same.
std::string DomEncode(const Envelope& envelope);
Envelope DomDecode(const std::string& bytes);

}  // namespace gapless::bench

#endif  // GAPLESS_BENCH_DOM_CODEC_H_

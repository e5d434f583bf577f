#ifndef GAPLESS_SNAPSHOT_CHANGES_CODEC_H_
#define GAPLESS_SNAPSHOT_CHANGES_CODEC_H_

#include <optional>
#include <string>
#include <string_view>

#include "gapless/snapshotter.h"

namespace gapless::internal {

/// `changes` as bytes: items, each a tag and its fields (formats.md).
std::string EncodeChanges(const Changes& changes);

/// The changes again; nothing if the bytes are no run of items or break a rule of change_rules.h.
std::optional<Changes> DecodeChanges(std::string_view bytes);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_CHANGES_CODEC_H_

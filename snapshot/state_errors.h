#ifndef GAPLESS_SNAPSHOT_STATE_ERRORS_H_
#define GAPLESS_SNAPSHOT_STATE_ERRORS_H_

#include <string>

#include "gapless/error.h"

namespace gapless::internal {

/// Errors about state at `path`, which say what to do about it. `what` says what was found.
inline Error CorruptState(const std::string& path, const std::string& what) {
  return Error(Errc::kStateCorrupt,
               path + ": " + what +
                   "; restore it from a copy, or remove all its files to start over, which uses sequences again");
}

inline Error ForeignState(const std::string& path, const std::string& what) {
  return Error(Errc::kStateForeign, path + ": " + what + "; nothing was changed");
}

inline Error UnwritableState(const std::string& path, const std::string& what) {
  return Error(Errc::kStateNotWritable, path + ": " + what + "; nothing was changed, try again once that is mended");
}

inline Error FailedState(const std::string& path, const std::string& what) {
  return Error(Errc::kStateFailed,
               path + ": " + what + "; whether the last save counts is unknown until this state is opened anew");
}

inline Error LockedState(const std::string& path) {
  return Error(
      Errc::kStateLocked,
      path + ": another process or client has this state open; one producer has one writer, so end that first");
}

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_STATE_ERRORS_H_

#ifndef GAPLESS_TESTS_UNIT_THROWN_ERROR_H_
#define GAPLESS_TESTS_UNIT_THROWN_ERROR_H_

#include <functional>
#include <optional>

#include "gapless/error.h"

namespace gapless::test {

/// A Boost.Test comparison cannot print an enum; its number can be printed.
inline int Number(Errc code) { return static_cast<int>(code); }

/// What `call` threw, or nothing.
inline std::optional<Error> ErrorOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// The number of the code of what `call` threw; 0 if nothing.
inline int CodeOf(const std::function<void()>& call) {
  const auto error = ErrorOf(call);
  return error ? Number(error->errc()) : 0;
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_THROWN_ERROR_H_

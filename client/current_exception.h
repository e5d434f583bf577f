#ifndef GAPLESS_CLIENT_CURRENT_EXCEPTION_H_
#define GAPLESS_CLIENT_CURRENT_EXCEPTION_H_

#include <exception>
#include <string>

#include "gapless/error.h"

namespace gapless::internal {

/// What the exception being handled says. Call it inside a `catch (...)`: users throw all kinds of things.
inline std::string CurrentExceptionText() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

/// Whether the exception being handled is an `Error` with this code.
inline bool CurrentExceptionIs(Errc code) {
  try {
    throw;
  } catch (const Error& error) {
    return error.errc() == code;
  } catch (...) {
    return false;
  }
}

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_CURRENT_EXCEPTION_H_

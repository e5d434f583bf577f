#ifndef GAPLESS_SNAPSHOT_ASCII_H_
#define GAPLESS_SNAPSHOT_ASCII_H_

#include <string>

namespace gapless::internal {

// Names in SQL fold case in ASCII only, whatever the locale.

inline bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

inline std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_ASCII_H_

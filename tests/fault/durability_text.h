#ifndef GAPLESS_TESTS_FAULT_DURABILITY_TEXT_H_
#define GAPLESS_TESTS_FAULT_DURABILITY_TEXT_H_

#include <ostream>

#include "gapless/client.h"

namespace gapless {

/// For the names of data test cases.
inline std::ostream& operator<<(std::ostream& out, Durability durability) {
  switch (durability) {
    case Durability::kMemory:
      return out << "memory";
    case Durability::kReserved:
      return out << "reserved";
    case Durability::kEach:
      return out << "each";
    case Durability::kOutbox:
      return out << "outbox";
  }
  return out << "?";
}

}  // namespace gapless

#endif  // GAPLESS_TESTS_FAULT_DURABILITY_TEXT_H_

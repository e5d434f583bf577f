#ifndef GAPLESS_TESTS_INTEROP_CENTRIFUGO_API_H_
#define GAPLESS_TESTS_INTEROP_CENTRIFUGO_API_H_

#include <nlohmann/json.hpp>
#include <string>

#include "tests/interop/centrifugo/server.h"

namespace gapless::test {

/// One call of the server's own API; its result. Throws `std::runtime_error` for anything else.
nlohmann::json CallApi(const CentrifugoServer& server, const std::string& method, const nlohmann::json& request);

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_CENTRIFUGO_API_H_

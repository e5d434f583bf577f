#ifndef GAPLESS_TESTS_UNIT_SCHEMA_FIXTURES_H_
#define GAPLESS_TESTS_UNIT_SCHEMA_FIXTURES_H_

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/schema.h"
#include "tests/unit/thrown_error.h"

namespace gapless::test {

/// What `call` threw says; empty if nothing.
std::string TextOf(const std::function<void()>& call);
bool Contains(std::string_view text, std::string_view part);

/// A pattern of one aspect, "data", with that schema (empty: none).
ChannelPattern PatternWith(const std::string& pattern, const std::string& schema);
/// A registry whose pattern "**" has one aspect, "data", with that schema.
Registry RegistryWith(const std::string& schema);
/// On channel public:a.b, aspect data.
Envelope EnvelopeWith(const std::string& payload);

/// What a strict validator says about a payload under a schema: its message up to the aspect; empty if it passes.
std::string ViolationOf(const std::string& schema, const std::string& payload, const PayloadLimits& limits = {});
/// What registering the schema says: its message behind the aspect's name; empty if it is taken.
std::string RefusalOf(const std::string& schema);

std::string Repeated(std::string_view text, std::size_t count);
/// One JSON value per line of tests/golden/schema/`name`.
std::vector<nlohmann::json> ReadGoldenLines(const std::string& name);

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_SCHEMA_FIXTURES_H_

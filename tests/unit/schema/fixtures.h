#ifndef GAPLESS_TESTS_UNIT_SCHEMA_FIXTURES_H_
#define GAPLESS_TESTS_UNIT_SCHEMA_FIXTURES_H_

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/schema.h"

namespace gapless::test {

/// A Boost.Test comparison cannot print an enum; its number can be printed.
inline int Number(Errc code) { return static_cast<int>(code); }

/// What `call` threw, or nothing.
std::optional<Error> ErrorOf(const std::function<void()>& call);
/// The number of the code of what `call` threw; 0 if nothing.
int CodeOf(const std::function<void()>& call);
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

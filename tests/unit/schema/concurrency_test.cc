// Run under ThreadSanitizer, these show that registry and validator may be shared by threads.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::EnvelopeWith;
using test::PatternWith;

constexpr int kThreads = 4;
constexpr int kRounds = 200;

BOOST_AUTO_TEST_SUITE(concurrency)

BOOST_AUTO_TEST_CASE(one_validator_serves_many_threads_while_the_registry_changes) {
  Registry registry;
  const std::string schema = R"({"type":"object","required":["a"],"properties":{"a":{"pattern":"^[a-z]+$"},)"
                             R"("t":{"format":"date-time"},"n":{"oneOf":[{"minimum":5},{"type":"null"}]}}})";
  registry.Register(PatternWith("public:a.b", schema));
  const Validator validator(registry, ValidationMode::kStrict, {.use_schema_ref = true});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      const Envelope good = EnvelopeWith(R"({"a":"abc","t":"2026-06-05T20:14:30Z","n":7})");
      const Envelope bad = EnvelopeWith(R"({"a":"ABC"})");
      for (int i = 0; i < kRounds; ++i) {
        if (validator.Check(good)) ++wrong;
        if (!validator.Check(bad)) ++wrong;
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kRounds; ++i) registry.Update(PatternWith("public:a.b", schema));
  });
  threads.emplace_back([&] {
    for (int i = 0; i < kRounds; ++i) {
      registry.Register({.pattern = "other:{x}"});
      registry.List();
      registry.History("public:a.b");
      registry.Snapshot().ToJson();
      registry.Deregister("other:{x}");
    }
  });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(wrong.load() == 0);
}

BOOST_AUTO_TEST_CASE(changes_from_many_threads_come_in_the_order_of_the_versions) {
  Registry registry({.max_history = 1});
  registry.Register({.pattern = "a"});
  std::vector<std::int64_t> seen;  // The calls of one handler never overlap.
  const auto subscription = registry.Subscribe([&](const Change& change) {
    if (change.pattern == "a") seen.push_back(change.schema->version);
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) registry.Update({.pattern = "a"});
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kRounds; ++i) {
      const auto passing = registry.Subscribe([](const Change&) {});
    }
  });
  for (std::thread& thread : threads) thread.join();
  BOOST_REQUIRE_EQUAL(seen.size(), static_cast<std::size_t>(kThreads * kRounds));
  for (std::size_t i = 0; i < seen.size(); ++i) BOOST_TEST(seen[i] == static_cast<std::int64_t>(i) + 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless

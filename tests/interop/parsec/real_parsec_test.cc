// gapless against a Parsec that somebody runs: GAPLESS_TEST_PARSEC says where, as in http://127.0.0.1:8000, and
// GAPLESS_TEST_PARSEC_TOKEN is a management token, unless it runs with --no-auth. Without an address the program ends
// with a code that ctest shows as skipped.

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "gapless/gapless.h"
#include "tests/loopback/collector.h"

namespace gapless {
namespace {

constexpr int kSkipped = 77;
const std::string kChannel = "public:gapless.interop.test";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

/// Before any test, so that none can look passed.
struct Address {
  Address() {
    if (!Variable("GAPLESS_TEST_PARSEC").empty()) return;
    std::cout << "skipped: GAPLESS_TEST_PARSEC names no Parsec" << std::endl;
    std::_Exit(kSkipped);
  }
};

ParsecOptions Options() {
  ParsecOptions options{.url = Variable("GAPLESS_TEST_PARSEC"), .engine = test::EngineUnderTest()};
  options.management_token = Variable("GAPLESS_TEST_PARSEC_TOKEN");
  options.open_public = std::chrono::seconds{600};
  return options;
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(Address);

BOOST_AUTO_TEST_SUITE(real_parsec)

BOOST_AUTO_TEST_CASE(C73_its_manifest_is_read) { BOOST_TEST(!ParsecApi(Options()).Manifest().format_version.empty()); }

BOOST_AUTO_TEST_CASE(C61_C62_C64_what_is_published_arrives_in_order) {
  const auto connected = [](const std::string& id) {
    auto client = std::make_unique<Client>(
        ClientOptions{.transport = Parsec(Options()), .producer = {.id = id, .kind = ProducerKind::kService}});
    client->Connect();
    return client;
  };
  const auto publisher = connected("gapless-p");
  const auto subscriber = connected("gapless-s");
  test::Collector collector;
  Subscription subscription = subscriber->Subscribe(kChannel, {}, [&](Subscription& s) { collector.AttachTo(s); });
  while (collector.count() == 0) publisher->Publish(kChannel, Draft{.aspect = "data"});
  const std::size_t before = collector.count();
  for (int n = 0; n < 100; ++n) publisher->Publish(kChannel, Draft{.aspect = "data", .payload = std::to_string(n)});
  BOOST_TEST(collector.WaitForCount(before + 100));
  BOOST_TEST(collector.disorder() == 0U);
}

BOOST_AUTO_TEST_CASE(C66_a_call_without_a_management_token_is_refused_where_one_is_needed) {
  if (Variable("GAPLESS_TEST_PARSEC_TOKEN").empty()) return;
  ParsecOptions nobody = Options();
  nobody.management_token.clear();
  BOOST_CHECK_EXCEPTION(ParsecApi(nobody).ListChannels(), Error,
                        [](const Error& error) { return error.errc() == Errc::kUnauthorized; });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

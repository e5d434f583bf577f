#include "schema/formats.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using internal::Format;
using test::Repeated;

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(each_accepts_and_refuses) {
  struct Row {
    const char* format;
    std::vector<std::string> accepted;
    std::vector<std::string> refused;
  };
  const std::vector<Row> rows = {
      {"date",
       {"2026-06-05", "2024-02-29", "0000-01-01", "9999-12-31"},
       {"", "2023-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2026-00-01", "2026-1-1", "20260605",
        "2026-06-05T00:00:00Z", "2026-06-05\n", " 2026-06-05", "12026-01-01"}},
      {"time",
       {"20:14:30Z", "20:14:30.123456789012z", "23:59:60Z", "00:00:00+14:00", "00:00:00-23:59"},
       {"", "24:00:00Z", "20:60:00Z", "20:14:61Z", "20:14:30", "20:14Z", "20:14:30.Z", "20:14:30+24:00", "1:00:00Z"}},
      {"date-time",
       {"2026-06-05T20:14:30Z", "2026-06-05t20:14:30.5+02:00", "2024-02-29T00:00:00Z"},
       {"", "2026-06-05", "2026-02-29T00:00:00Z", "2026-06-05 20:14:30Z", "2026-06-05T20:14:30",
        "2026-06-05T20:14:30Zx"}},
      {"email",
       {"a@b", "first.last+tag@mail.example.com", "!#$%&'*+/=?^_`{|}~-@x.y"},
       {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@-b", "a@b..c", "a@b.", "\xC3\xA9@b"}},
      {"hostname",
       {"a", "example.com", "xn--nxasmq6b", "1.2.3", Repeated("a", 63), Repeated("a.", 126) + "a"},
       {"", "-a", "a-", "a..b", "a.", ".a", "a_b", Repeated("a", 64), Repeated("a.", 127) + "a", "\xC3\xA9"}},
      {"ipv4",
       {"0.0.0.0", "255.255.255.255", "127.0.0.1"},
       {"", "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4"}},
      {"ipv6",
       {"::", "::1", "1::", "fe80::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::ffff:1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4", "ABCD:ef01::"},
       {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", ":1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:", "::1.2.3.256", "1.2.3.4::", "::1%eth0", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:8::"}},
      {"uri",
       {"http://example.com/a?b=c#d", "urn:isbn:1", "mailto:a@b", "x:", "http://[::1]/%41"},
       {"", "/a", "example.com", "1x:y", "http://a b", "http://a/%4", "http://\xC3\xA9", "http://a/<b>"}},
      {"uuid",
       {"123e4567-e89b-12d3-a456-426614174000", "ABCDEF00-0000-0000-0000-000000000000"},
       {"", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
        "g23e4567-e89b-12d3-a456-426614174000", "{123e4567-e89b-12d3-a456-426614174000}"}},
  };
  for (const Row& row : rows) {
    const Format* format = Format::Find(row.format);
    BOOST_REQUIRE(format != nullptr);
    for (const std::string& text : row.accepted) {
      BOOST_TEST_CONTEXT(row.format << ' ' << text) { BOOST_TEST(format->Accepts(text)); }
    }
    for (const std::string& text : row.refused) {
      BOOST_TEST_CONTEXT(row.format << ' ' << text) { BOOST_TEST(!format->Accepts(text)); }
    }
    BOOST_TEST(test::Contains(Format::Names(), row.format));
  }
}

BOOST_AUTO_TEST_CASE(unknown_formats_are_not_found) {
  for (const char* name : {"", "Date", "regex", "idn-email", "json-pointer"}) BOOST_TEST(Format::Find(name) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless

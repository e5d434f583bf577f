#include "snapshot/crc32c.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace gapless::internal {
namespace {

BOOST_AUTO_TEST_SUITE(crc32c)

// RFC 3720, appendix B.4, and the check value of the CRC catalogue for "123456789".
BOOST_AUTO_TEST_CASE(gives_the_published_values) {
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  const std::string falling(rising.rbegin(), rising.rend());
  BOOST_TEST(Crc32c(std::string(32, '\0')) == 0x8A91'36AAU);
  BOOST_TEST(Crc32c(std::string(32, '\xFF')) == 0x62A8'AB43U);
  BOOST_TEST(Crc32c(rising) == 0x46DD'794EU);
  BOOST_TEST(Crc32c(falling) == 0x113F'DB5CU);
  BOOST_TEST(Crc32c("123456789") == 0xE306'9283U);
  BOOST_TEST(Crc32c("") == 0U);
}

BOOST_AUTO_TEST_CASE(continues_wherever_the_bytes_are_split) {
  std::string bytes;
  for (int i = 0; i < 67; ++i) bytes += static_cast<char>(i * 37);
  const std::uint32_t whole = Crc32c(bytes);
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    BOOST_TEST(Crc32c(bytes.substr(at), Crc32c(bytes.substr(0, at))) == whole);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal

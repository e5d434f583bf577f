#include "envelope/decimal.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace gapless::internal {
namespace {

bool IsNumber(const std::string& text) { return Decimal::Read(text).has_value(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(decimal)

BOOST_AUTO_TEST_CASE(NumbersAreComparedExactly) {
  const std::string ascending[] = {"-123456789012345678901234567890",
                                   "-10.5",
                                   "-10",
                                   "-0.5",
                                   "-0.0000000000000000001",
                                   "0",
                                   "0.0000000000000000001",
                                   "0.1",
                                   "0.11",
                                   "0.2",
                                   "1",
                                   "9.99",
                                   "10",
                                   "18446744073709551616",
                                   "18446744073709551617",
                                   std::string(200, '9')};
  for (const std::string& a : ascending) {
    for (const std::string& b : ascending) {
      BOOST_TEST_INFO(a << " against " << b);
      BOOST_TEST((Decimal::Read(a).value() < Decimal::Read(b).value()) == (&a < &b));
    }
  }
  const std::string equal[][2] = {{"0", "-0"}, {"+1", "1.0"}, {"-2.50", "-002.5"}, {"0.000", "+00"}};
  for (const auto& [a, b] : equal) BOOST_TEST((Decimal::Read(a).value() == Decimal::Read(b).value()));
}

BOOST_AUTO_TEST_CASE(WhatIsNoPlainDecimalIsNoNumber) {
  for (const char* text : {"", "+", "-", ".", "1.", ".5", "-.5", "1e2", "0x20", " 11", "11 ", "NaN", "1.2.3", "--1",
                           "1,5", "0.00000000000000000001"}) {
    BOOST_TEST_INFO(text);
    BOOST_TEST(!IsNumber(text));
  }
  BOOST_TEST(!IsNumber(std::string(201, '1')));
  BOOST_TEST(IsNumber(std::string(200, '0')));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal

#include <boost/test/unit_test.hpp>

#include "transport/net/address.h"

namespace gapless::net {

BOOST_AUTO_TEST_SUITE(net_address)

BOOST_AUTO_TEST_CASE(UrlsAreTakenApart) {
  struct Case {
    const char* url;
    bool secure;
    const char* host;
    const char* port;
    const char* authority;
    const char* target;
  };
  const Case cases[] = {
      {"ws://host", false, "host", "80", "host", "/"},
      {"wss://host", true, "host", "443", "host", "/"},
      {"wss://host:443/a", true, "host", "443", "host", "/a"},
      {"ws://host:443/a/b?c=d%20e", false, "host", "443", "host:443", "/a/b?c=d%20e"},
      {"ws://127.0.0.1:8000?q", false, "127.0.0.1", "8000", "127.0.0.1:8000", "/?q"},
      {"ws://[::1]:8000/x", false, "::1", "8000", "[::1]:8000", "/x"},
      {"wss://[fe80::1]/x:y", true, "fe80::1", "443", "[fe80::1]", "/x:y"},
  };
  for (const Case& expected : cases) {
    BOOST_TEST_CONTEXT(expected.url) {
      const UrlAddress address = AddressFrom(expected.url);
      BOOST_TEST(address.secure == expected.secure);
      BOOST_TEST(address.host == expected.host);
      BOOST_TEST(address.port == expected.port);
      BOOST_TEST(address.authority == expected.authority);
      BOOST_TEST(address.target == expected.target);
    }
  }
}

BOOST_AUTO_TEST_CASE(AddressesAreToldFromNames) {
  for (const char* address : {"127.0.0.1", "::1", "fe80::1:2"}) BOOST_TEST(IsAddress(address), address);
  for (const char* name : {"localhost", "1.2.3", "127.0.0.1.example", "", "cafe"}) BOOST_TEST(!IsAddress(name), name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

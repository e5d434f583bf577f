#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

#include "gapless/error.h"
#include "transport/net/http.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

bool IsInvalidArgument(const Error& error) { return error.errc() == Errc::kInvalidArgument; }

}  // namespace

BOOST_AUTO_TEST_SUITE(net_request_check)

BOOST_AUTO_TEST_CASE(UrlsThatServersHave) {
  for (const char* url : {
           "ws://127.0.0.1:8000/connection/websocket",
           "wss://example.org/connection/websocket?format=json&x=%20",
           "ws://example.org",
           "ws://example.org?x=1",
           "ws://[::1]:8000/",
           "ws://[::1]",
           "ws://host_name-1.internal:65535/a/b;c=d/@x:y!$&'()*+,~",
       }) {
    BOOST_TEST_CONTEXT(url) { BOOST_CHECK_NO_THROW(CheckWebSocketUrl(url)); }
  }
}

BOOST_AUTO_TEST_CASE(UrlsThatCannotWorkAreRefusedBeforeAnyConnection) {
  using namespace std::string_literals;
  for (const std::string& url : {
           ""s,
           "ws:/host"s,
           "http://host/"s,
           "WS://host/"s,
           " ws://host/"s,
           "ws://"s,
           "ws:///path"s,
           "ws://:8000/"s,
           "ws://host:/"s,
           "ws://host:0/"s,
           "ws://host:65536/"s,
           "ws://host:80x/"s,
           "ws://host:-1/"s,
           "ws://a:1:2/"s,
           "ws://user:secret@host/"s,
           "ws://host/path#fragment"s,
           "ws://ho st/"s,
           "ws://host/a b"s,
           "ws://host/a\r\nEvil: 1"s,
           "ws://host/\0x"s,
           "ws://host/%"s,
           "ws://host/%2"s,
           "ws://host/%zz"s,
           "ws://host/\xC3\xA4"s,
           "ws://[::1/"s,
           "ws://[]/"s,
           "ws://[::g]/"s,
           "ws://[::1]x/"s,
           "ws://[::1]:/"s,
       }) {
    BOOST_TEST_CONTEXT(url) { BOOST_CHECK_EXCEPTION(CheckWebSocketUrl(url), Error, IsInvalidArgument); }
  }
}

BOOST_AUTO_TEST_CASE(ComplaintsKeepTokensOfTheUrlToThemselves) {
  for (const char* url : {"ws://host/%?token=SECRET", "ws://u:SECRET@host/", "SECRET"}) {
    try {
      CheckWebSocketUrl(url);
      BOOST_ERROR("must throw");
    } catch (const Error& error) {
      BOOST_TEST(std::string(error.what()).find("SECRET") == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(HeadersThatMaySteerNothingButThemselves) {
  BOOST_CHECK_NO_THROW(CheckUpgradeHeader("Authorization", "Bearer abc.def"));
  BOOST_CHECK_NO_THROW(CheckUpgradeHeader("X-Empty", ""));
  BOOST_CHECK_NO_THROW(CheckUpgradeHeader("Origin", "https://example.org\t"));
  const std::pair<const char*, const char*> bad[] = {
      {"", "x"},
      {"Na me", "x"},
      {"Name:", "x"},
      {"Na\nme", "x"},
      {"X", "a\r\nY: b"},
      {"X", "a\nb"},
      {"X", "a\x7F"},
      {"Host", "other"},
      {"cOnNeCtIoN", "close"},
      {"Upgrade", "h2c"},
      {"Content-Length", "5"},
      {"Sec-WebSocket-Key", "x"},
      {"Sec-WebSocket-Protocol", "x"},
      {"Sec-WebSocket-Extensions", "permessage-deflate"},
  };
  for (const auto& [name, value] : bad) {
    BOOST_TEST_CONTEXT(name) { BOOST_CHECK_EXCEPTION(CheckUpgradeHeader(name, value), Error, IsInvalidArgument); }
  }
}

BOOST_AUTO_TEST_CASE(HttpUrlsAndHeadersFollowTheSameRules) {
  for (const char* url : {"http://127.0.0.1:8000", "https://example.org/twirp/a.B/C?x=1", "http://[::1]:8000/"}) {
    BOOST_TEST_CONTEXT(url) { BOOST_CHECK_NO_THROW(CheckHttpUrl(url)); }
  }
  for (const char* url : {"", "ws://host/", "http://", "http://user:secret@host/", "http://host/a b", "http://host/#x",
                          "http://host:0/", "http://host\r\nX: y/"}) {
    BOOST_TEST_CONTEXT(url) { BOOST_CHECK_EXCEPTION(CheckHttpUrl(url), Error, IsInvalidArgument); }
  }
  BOOST_CHECK_NO_THROW(CheckHttpHeader("Authorization", "Bearer x"));
  BOOST_CHECK_EXCEPTION(CheckHttpHeader("X", "a\r\nY: b"), Error, IsInvalidArgument);
  for (const char* name : {"Host", "CONTENT-LENGTH", "Transfer-Encoding", "Connection", "Expect"}) {
    BOOST_TEST_CONTEXT(name) { BOOST_CHECK_EXCEPTION(CheckHttpHeader(name, "x"), Error, IsInvalidArgument); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

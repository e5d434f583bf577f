#include "hub/server/http_route.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace gapless::hub {

BOOST_AUTO_TEST_SUITE(hub_http_route)

BOOST_AUTO_TEST_CASE(S1_who_is_let_in_to_the_websocket) {
  struct Case {
    const char* name;
    HttpHead head;
    unsigned refused;
    const char* subprotocol;
  };
  const std::string path = "/connection/websocket";
  const Case cases[] = {
      {"plain", {"GET", path, true, {}}, 0, ""},
      {"with a query", {"GET", path + "?a=b", true, {}}, 0, ""},
      {"json offered", {"GET", path, true, {"centrifuge-json"}}, 0, "centrifuge-json"},
      {"json among others", {"GET", path, true, {"x", "centrifuge-protobuf", "centrifuge-json"}}, 0, "centrifuge-json"},
      {"something else offered", {"GET", path, true, {"graphql-ws"}}, 0, ""},
      {"only protobuf offered", {"GET", path, true, {"centrifuge-protobuf"}}, 400, ""},
      {"protobuf by parameter", {"GET", path + "?x=1&format=protobuf", true, {}}, 400, ""},
      {"protobuf by the other parameter", {"GET", path + "?cf_protocol=protobuf", true, {}}, 400, ""},
      {"no upgrade", {"GET", path, false, {}}, 400, ""},
      {"another path", {"GET", "/", true, {}}, 404, ""},
      {"a longer path", {"GET", path + "/x", true, {}}, 404, ""},
      {"nothing", {"GET", "", false, {}}, 404, ""},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      const Route route = FindRoute(one.head);
      BOOST_TEST((route.endpoint == (one.refused == 0 ? Endpoint::kWebSocket : Endpoint::kNone)));
      if (one.refused != 0) BOOST_TEST(route.status == one.refused);
      BOOST_TEST(route.subprotocol == one.subprotocol);
      BOOST_TEST(route.problem.empty() == (one.refused == 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(S15_where_streams_and_their_commands_go) {
  struct Case {
    const char* method;
    std::string target;
    Endpoint endpoint;
    unsigned status;
    const char* commands;
  };
  const std::string sse = "/connection/sse";
  const Case cases[] = {
      {"POST", "/connection/http_stream", Endpoint::kHttpStream, 200, ""},
      {"GET", "/connection/http_stream", Endpoint::kNone, 405, ""},
      {"POST", "/connection/http_stream?format=protobuf", Endpoint::kNone, 400, ""},
      {"POST", sse, Endpoint::kSse, 200, ""},
      {"GET", sse + "?cf_connect=%7B%22id%22:1%7d+", Endpoint::kSse, 200, "{\"id\":1} "},
      {"GET", sse + "?x=%&cf_connect=a&cf_connect=b", Endpoint::kSse, 200, "a"},
      {"GET", sse, Endpoint::kNone, 400, ""},
      {"GET", sse + "?cf_connect", Endpoint::kNone, 400, ""},
      {"GET", sse + "?cf_connect=", Endpoint::kNone, 400, ""},
      {"GET", sse + "?cf_connect=%7", Endpoint::kNone, 400, ""},
      {"GET", sse + "?cf_connect=%zz", Endpoint::kNone, 400, ""},
      {"GET", sse + "?cf_connect=%", Endpoint::kNone, 400, ""},
      {"PUT", sse, Endpoint::kNone, 405, ""},
      {"POST", "/emulation", Endpoint::kEmulation, 200, ""},
      {"GET", "/emulation", Endpoint::kNone, 405, ""},
      {"OPTIONS", "/emulation", Endpoint::kNone, 204, ""},
      {"OPTIONS", sse, Endpoint::kNone, 204, ""},
      {"OPTIONS", "/", Endpoint::kNone, 404, ""},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.method << ' ' << one.target) {
      const Route route = FindRoute({one.method, one.target, false, {}});
      BOOST_TEST((route.endpoint == one.endpoint));
      BOOST_TEST(route.status == one.status);
      BOOST_TEST(route.commands == one.commands);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::hub

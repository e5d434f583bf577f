#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "gapless/error.h"
#include "gapless/hub.h"
#include "tests/unit/hub/websocket_client.h"

namespace {

using namespace gapless;
using gapless::testing::Exchange;
using gapless::testing::WebSocketClient;

struct Served {
  std::shared_ptr<Hub> hub = std::make_shared<Hub>();
  HubServer server{hub, {.api_key = "k"}};
};

std::string Post(const std::string& path, const std::string& body, const std::string& headers = "X-API-Key: k\r\n") {
  return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

const std::string kPublish = R"({"channel":"c","data":{"n": 1}})";
const std::string kClose = "Connection: close\r\n";

std::size_t CountOf(const std::string& what, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hub_server_http)

BOOST_AUTO_TEST_CASE(S17_what_the_api_publishes_reaches_subscribers) {
  Served served;
  WebSocketClient subscriber(served.server.port());
  subscriber.Connect();
  subscriber.Ask(R"({"id":2,"subscribe":{"channel":"c"}})");
  const std::string answer =
      Exchange(served.server.port(), Post("/api/publish", kPublish, "X-API-Key: k\r\n" + kClose));
  BOOST_TEST(answer.starts_with("HTTP/1.1 200"));
  BOOST_TEST(answer.ends_with(R"({"result":{"offset":1,"epoch":")" + served.hub->Top("c").epoch + "\"}}"));
  BOOST_TEST(subscriber.Read() == R"({"push":{"channel":"c","pub":{"data":{"n": 1},"offset":1}}})");
  // One without an offset does not confuse the count of those with one.
  Exchange(served.server.port(),
           Post("/api/publish", R"({"channel":"c","data":2,"skip_history":true})", "X-API-Key: k\r\n" + kClose));
  served.hub->Publish("c", "3");
  BOOST_TEST(subscriber.Read() == R"({"push":{"channel":"c","pub":{"data":2}}})");
  BOOST_TEST(subscriber.Read() == R"({"push":{"channel":"c","pub":{"data":3,"offset":2}}})");
}

BOOST_AUTO_TEST_CASE(S17_one_connection_takes_many_requests) {
  Served served;
  const std::string last = Post("/api/publish", kPublish, "X-API-Key: k\r\n" + kClose);
  const std::string answers =
      Exchange(served.server.port(),
               Post("/api/publish", kPublish) + Post("/api/publish", "{") + Post("/api/publish", "{}") + last);
  BOOST_TEST(CountOf("HTTP/1.1 200", answers) == 3U);
  BOOST_TEST(CountOf("HTTP/1.1 400", answers) == 1U);
  BOOST_TEST(served.hub->Top("c").offset == 2U);
}

BOOST_AUTO_TEST_CASE(S17_requests_that_are_refused) {
  struct Case {
    std::string request;
    const char* status;
  };
  const Case cases[] = {
      {Post("/api/publish", kPublish, ""), "HTTP/1.1 401"},
      {Post("/api/publish", kPublish, "X-API-Key: other\r\n"), "HTTP/1.1 401"},
      {Post("/api/nope", kPublish), "HTTP/1.1 404"},
      {"GET /api/publish HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: k\r\n\r\n", "HTTP/1.1 405"},
      {"POST /api/publish HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: k\r\nContent-Length: 99999999\r\n\r\n",
       "HTTP/1.1 413"},
      {"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "HTTP/1.1 200"},
  };
  Served served;
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.request) {
      const std::string answer = Exchange(served.server.port(), one.request);
      BOOST_TEST(answer.starts_with(one.status), answer);
    }
  }
  BOOST_TEST(served.hub->Top("c").offset == 0U);
}

BOOST_AUTO_TEST_CASE(S17_without_a_key_there_is_no_api) {
  const auto hub = std::make_shared<Hub>();
  const HubServer server(hub);
  BOOST_TEST(Exchange(server.port(), Post("/api/publish", kPublish, "X-API-Key: \r\n")).starts_with("HTTP/1.1 404"));
  BOOST_TEST(Exchange(server.port(), Post("/health", "")).starts_with("HTTP/1.1 200"));
  BOOST_CHECK_EXCEPTION(HubServer(hub, {.api_key = "a b"}), Error,
                        [](const Error& error) { return error.errc() == Errc::kInvalidArgument; });
}

BOOST_AUTO_TEST_CASE(S17_the_server_ends_while_a_request_is_half_there) {
  const auto hub = std::make_shared<Hub>();
  auto server = std::make_unique<HubServer>(hub, HubServerOptions{.api_key = "k"});
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::address_v4::loopback(), server->port()});
  const std::string half = Post("/api/publish", kPublish);
  boost::asio::write(socket, boost::asio::buffer(half.data(), half.size() - 3));
  server.reset();
  BOOST_TEST(hub->Top("c").offset == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

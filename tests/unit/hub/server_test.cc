#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gapless/error.h"
#include "gapless/hub.h"
#include "tests/unit/hub/websocket_client.h"

namespace {

using namespace gapless;
using namespace std::chrono_literals;
using gapless::testing::Exchange;
using gapless::testing::WebSocketClient;
using nlohmann::json;

struct Served {
  explicit Served(HubServerOptions options = {}, HubOptions hub_options = {})
      : hub(std::make_shared<Hub>(hub_options)), server(std::in_place, hub, options) {}
  std::uint16_t port() const { return server->port(); }

  std::shared_ptr<Hub> hub;
  std::optional<HubServer> server;
};

const std::string kSubscribe = R"({"id":2,"subscribe":{"channel":"c"}})";

std::string PublishCommand(const std::string& data) {
  return R"({"id":3,"publish":{"channel":"c","data":)" + data + "}}";
}

std::uint64_t OffsetOf(const std::string& push) {
  return json::parse(push).at("push").at("pub").at("offset").get<std::uint64_t>();
}

std::string HttpRequest(const std::string& first_line, const std::string& headers = "") {
  return first_line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n";
}

const std::string kUpgradeHeaders =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(hub_server)

BOOST_AUTO_TEST_CASE(clients_connect_subscribe_publish_and_recover) {
  Served served;
  BOOST_TEST(served.server->url() == "ws://127.0.0.1:" + std::to_string(served.port()) + "/connection/websocket");
  WebSocketClient publisher(served.port());
  const json connected = json::parse(publisher.Ask(R"({"id":1,"connect":{"name":"test"}})"));
  BOOST_TEST(!connected.at("connect").at("client").get<std::string>().empty());
  BOOST_TEST(connected.at("connect").at("ping") == 25);
  BOOST_TEST(connected.at("connect").at("pong") == true);

  std::string epoch;
  {
    WebSocketClient subscriber(served.port());
    subscriber.Connect();
    epoch = json::parse(subscriber.Ask(kSubscribe)).at("subscribe").at("epoch").get<std::string>();
    BOOST_TEST(publisher.Ask(PublishCommand(R"({"n": 1 })")) == R"({"id":3,"publish":{}})");
    BOOST_TEST(subscriber.Read().starts_with(
        R"({"push":{"channel":"c","pub":{"data":{"n": 1 },"offset":1,"info":{"user":"","client":")"));
  }
  served.hub->Publish("c", "2");
  WebSocketClient again(served.port());
  again.Connect();
  BOOST_TEST(again.Ask(R"({"id":2,"subscribe":{"channel":"c","recover":true,"offset":1,"epoch":")" + epoch + "\"}}") ==
             R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":")" + epoch +
                 R"(","offset":1,"was_recovering":true,"recovered":true,"publications":[{"data":2,"offset":2}]}})");
}

BOOST_AUTO_TEST_CASE(commands_may_share_a_frame_and_come_in_binary) {
  Served served;
  WebSocketClient client(served.port());
  client.Send(R"({"id":1,"connect":{}})"
              "\n" +
              kSubscribe + "\n" + PublishCommand("1") + "\n");
  BOOST_TEST(json::parse(client.Read()).contains("connect"));
  BOOST_TEST(json::parse(client.Read()).contains("subscribe"));
  BOOST_TEST(OffsetOf(client.Read()) == 1U);
  BOOST_TEST(client.Read() == R"({"id":3,"publish":{}})");
  BOOST_TEST(client.frames() == 1U);
  client.SendBinary(R"({"id":4,"history":{"channel":"c"}})");
  BOOST_TEST(json::parse(client.Read()).at("history").at("offset") == 1);
}

BOOST_AUTO_TEST_CASE(what_gathers_while_the_server_is_busy_shares_a_frame) {
  constexpr std::size_t kCount = 400;
  Served served;
  WebSocketClient client(served.port());
  client.Connect();
  client.Ask(kSubscribe);
  const std::size_t frames_before = client.frames();
  std::string frame;
  for (std::size_t i = 0; i < kCount; ++i) frame += (i == 0 ? "" : "\n") + PublishCommand("1");
  client.Send(frame);
  for (std::size_t i = 1; i <= kCount; ++i) {
    BOOST_TEST_REQUIRE(OffsetOf(client.Read()) == i);
    BOOST_TEST_REQUIRE(client.Read() == R"({"id":3,"publish":{}})");
  }
  BOOST_TEST(client.frames() == frames_before + 1);
}

BOOST_AUTO_TEST_CASE(under_load_nothing_is_lost_or_out_of_order) {
  constexpr std::uint64_t kCount = 20'000;
  Served served({}, {.history_size = 0});
  WebSocketClient client(served.port());
  client.Connect();
  client.Ask(kSubscribe);
  for (std::uint64_t i = 1; i <= kCount; ++i) served.hub->Publish("c", std::to_string(i));
  for (std::uint64_t i = 1; i <= kCount; ++i) {
    BOOST_TEST_REQUIRE(client.Read() == R"({"push":{"channel":"c","pub":{"data":)" + std::to_string(i) + "}}}");
  }
}

BOOST_AUTO_TEST_CASE(S1_subprotocols_are_agreed_to_or_passed_over) {
  Served served;
  BOOST_TEST(WebSocketClient(served.port()).Subprotocol().empty());
  BOOST_TEST(WebSocketClient(served.port(), "centrifuge-json").Subprotocol() == "centrifuge-json");
  BOOST_TEST(WebSocketClient(served.port(), "x, centrifuge-json").Subprotocol() == "centrifuge-json");
  BOOST_TEST(WebSocketClient(served.port(), "x").Subprotocol().empty());
  BOOST_CHECK_THROW(WebSocketClient(served.port(), "centrifuge-protobuf"), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(other_requests_get_an_http_answer) {
  Served served;
  struct Case {
    std::string request;
    const char* status;
  };
  const std::string path = "/connection/websocket";
  const Case cases[] = {
      {HttpRequest("GET /"), "HTTP/1.1 404"},
      {HttpRequest("GET " + path), "HTTP/1.1 400"},
      {HttpRequest("GET /nowhere", kUpgradeHeaders), "HTTP/1.1 404"},
      {HttpRequest("GET " + path + "?format=protobuf", kUpgradeHeaders), "HTTP/1.1 400"},
      {HttpRequest("POST " + path, "Content-Length: 5\r\n") + "hello", "HTTP/1.1 400"},
      {"nonsense\r\n\r\n", "HTTP/1.1 400"},
      {HttpRequest("GET " + path, "X: " + std::string(100'000, 'x') + "\r\n"), "HTTP/1.1 400"},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.request.substr(0, 60)) {
      BOOST_TEST(Exchange(served.port(), one.request).starts_with(one.status));
    }
  }
}

BOOST_AUTO_TEST_CASE(S1_an_origin_is_no_obstacle) {
  Served served;
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  socket.connect({boost::asio::ip::address_v4::loopback(), served.port()});
  boost::asio::write(socket, boost::asio::buffer(HttpRequest("GET /connection/websocket",
                                                             kUpgradeHeaders + "Origin: http://localhost:3000\r\n")));
  std::string status(12, ' ');
  boost::asio::read(socket, boost::asio::buffer(status));
  BOOST_TEST(status == "HTTP/1.1 101");
}

BOOST_AUTO_TEST_CASE(S2_S3_what_breaks_the_protocol_is_closed_with_its_code) {
  struct Case {
    const char* name;
    std::string frame;
    bool connected;
    std::uint16_t code;
  };
  const Case cases[] = {
      {"a command before connect", kSubscribe, false, 3501},
      {"connect twice", R"({"id":2,"connect":{}})", true, 3501},
      {"garbage", "hello", true, 3501},
      {"an empty frame", "", true, 3501},
      {"nested very deeply", std::string(60'000, '['), true, 3501},
      {"text that is not UTF-8", "\"\xFF\"", true, 1007},
      {"send", R"({"send":{"data":1}})", true, 3508},
      {"too large", std::string(65'537, ' '), true, 1009},
  };
  Served served;
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      WebSocketClient client(served.port());
      if (one.connected) client.Connect();
      client.Send(one.frame);
      BOOST_TEST(client.ReadToEnd() == one.code);
    }
  }
  WebSocketClient binary(served.port());
  binary.Connect();
  binary.SendBinary("\"\xFF\"");
  BOOST_TEST(binary.ReadToEnd() == 3501);
  BOOST_TEST(binary.CloseReason() == "bad request");
}

BOOST_AUTO_TEST_CASE(S3_a_message_of_just_the_limit_passes) {
  Served served({.max_message_bytes = 65'536});
  WebSocketClient client(served.port());
  client.Connect();
  const std::size_t around = PublishCommand("\"\"").size();
  BOOST_TEST(client.Ask(PublishCommand('"' + std::string(65'536 - around, 'x') + '"')) == R"({"id":3,"publish":{}})");
}

BOOST_AUTO_TEST_CASE(S3_who_does_not_connect_in_time_is_closed) {
  Served served({.connect_timeout = 1s});
  WebSocketClient client(served.port());
  BOOST_TEST(client.ReadToEnd() == 3502);
}

BOOST_AUTO_TEST_CASE(who_does_not_even_ask_in_time_is_cut) {
  Served served({.connect_timeout = 50ms});
  BOOST_TEST(Exchange(served.port(), "").empty());
  BOOST_TEST(Exchange(served.port(), "GET /connection").empty());
}

BOOST_AUTO_TEST_CASE(pings_come_and_are_answered) {
  Served served({.ping_interval = 20ms});
  WebSocketClient client(served.port());
  client.Connect();
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(client.ReadRaw() == "{}");
    client.Send("{}");
  }
  BOOST_TEST(served.server->connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(S3_a_missing_pong_closes_with_3012) {
  Served served({.ping_interval = 20ms, .pong_timeout = 50ms});
  WebSocketClient client(served.port());
  client.Connect();
  BOOST_TEST(client.ReadToEnd() == 3012);
  BOOST_TEST(client.waiting() > 0U);
}

BOOST_AUTO_TEST_CASE(a_slow_consumer_gets_what_was_accepted_and_then_3008) {
  Served served({.max_queue_bytes = 1'000'000});
  WebSocketClient client(served.port());
  client.stream().next_layer().set_option(boost::asio::socket_base::receive_buffer_size(16'384));
  client.Connect();
  client.Ask(kSubscribe);
  const std::string data = '"' + std::string(100'000, 'x') + '"';
  // Far more than the queue and the socket's buffers hold.
  for (int i = 0; i < 100; ++i) served.hub->Publish("c", data);
  BOOST_TEST(client.ReadToEnd() == 3008);
  const std::size_t received = client.waiting();
  BOOST_TEST(received < 100U);
  for (std::uint64_t offset = 1; offset <= received; ++offset) BOOST_TEST_REQUIRE(OffsetOf(client.ReadRaw()) == offset);
  while (!served.hub->Presence("c").empty()) std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(S19_one_message_above_the_queue_is_delivered_and_then_3008) {
  Served served({.max_queue_bytes = 10'000});
  WebSocketClient client(served.port());
  client.Connect();
  client.Ask(kSubscribe);
  served.hub->Publish("c", '"' + std::string(2'000'000, 'x') + '"');
  BOOST_TEST(client.ReadToEnd() == 3008);
  BOOST_TEST_REQUIRE(client.waiting() == 1U);
  BOOST_TEST(client.ReadRaw().size() > 2'000'000U);
}

BOOST_AUTO_TEST_CASE(S12_a_subscription_can_be_ended_from_the_server) {
  Served served;
  WebSocketClient client(served.port()), other(served.port());
  client.Connect();
  other.Connect();
  client.Ask(kSubscribe);
  BOOST_TEST(served.server->PushUnsubscribe("c", 2500, "again") == 1U);
  BOOST_TEST(served.server->PushUnsubscribe("c", 2500, "again") == 0U);
  BOOST_TEST(client.Read() == R"({"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"again"}}})");
  BOOST_TEST(json::parse(client.Ask(kSubscribe)).contains("subscribe"));
}

BOOST_AUTO_TEST_CASE(S12_connections_can_be_cut_without_a_close_frame) {
  Served served;
  WebSocketClient one(served.port()), two(served.port());
  one.Connect();
  two.Connect();
  BOOST_TEST(served.server->connection_count() == 2U);
  BOOST_TEST(served.server->CutConnections() == 2U);
  BOOST_TEST(one.ReadToEnd() == 0);
  BOOST_TEST(two.ReadToEnd() == 0);
  BOOST_TEST(served.server->connection_count() == 0U);
  WebSocketClient three(served.port());
  three.Connect();
  BOOST_TEST(served.server->connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(S12_connections_can_be_closed_with_a_code) {
  Served served;
  WebSocketClient client(served.port());
  client.Connect();
  BOOST_TEST(served.server->CloseConnections(4499, "for a test") == 1U);
  BOOST_TEST(client.ReadToEnd() == 4499);
  BOOST_TEST(client.CloseReason() == "for a test");
  const auto refused = [](const Error& error) { return error.errc() == Errc::kInvalidArgument; };
  BOOST_CHECK_EXCEPTION(served.server->CloseConnections(1006, ""), Error, refused);
  BOOST_CHECK_EXCEPTION(served.server->CloseConnections(5000, ""), Error, refused);
  BOOST_CHECK_EXCEPTION(served.server->CloseConnections(4000, std::string(124, 'x')), Error, refused);
}

BOOST_AUTO_TEST_CASE(S8_a_client_that_goes_leaves_presence) {
  Served served;
  {
    WebSocketClient closing(served.port()), vanishing(served.port());
    for (WebSocketClient* client : {&closing, &vanishing}) {
      client->Connect();
      client->Ask(kSubscribe);
    }
    BOOST_TEST(served.hub->Presence("c").size() == 2U);
    closing.stream().close(boost::beast::websocket::close_code::normal);
  }
  while (!served.hub->Presence("c").empty()) std::this_thread::yield();
  BOOST_TEST(served.server->connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(L4_the_server_ends_with_3001_and_takes_the_port_along) {
  Served served;
  WebSocketClient client(served.port());
  client.Connect();
  const std::uint16_t port = served.port();
  std::thread ending([&] { served.server.reset(); });
  const std::uint16_t code = client.ReadToEnd();
  ending.join();
  BOOST_TEST(code == 3001);
  BOOST_CHECK_THROW(WebSocketClient{port}, boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(L4_the_server_ends_though_a_client_never_reads_and_others_never_say_a_word) {
  Served served({.max_queue_bytes = 100'000'000});
  WebSocketClient unread(served.port()), idle(served.port());
  unread.Connect();
  unread.Ask(kSubscribe);
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket silent(io);
  silent.connect({boost::asio::ip::address_v4::loopback(), served.port()});
  const std::string data = '"' + std::string(1'000'000, 'x') + '"';
  for (int i = 0; i < 20; ++i) served.hub->Publish("c", data);
  served.server.reset();
  BOOST_TEST(served.hub->Presence("c").empty());
  served.hub->Publish("c", "1");
}

BOOST_AUTO_TEST_CASE(only_loopback_is_listened_on) {
  Served served;
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  boost::system::error_code refused;
  socket.connect({boost::asio::ip::make_address("127.0.0.2"), served.port()}, refused);
  BOOST_TEST(refused == boost::asio::error::connection_refused);
}

BOOST_AUTO_TEST_CASE(a_server_that_cannot_work_is_refused) {
  Served served;
  const auto taken = [](const Error& error) { return error.errc() == Errc::kConnectFailed; };
  BOOST_CHECK_EXCEPTION(HubServer(served.hub, {.port = served.port()}), Error, taken);
  const auto invalid = [](const Error& error) { return error.errc() == Errc::kInvalidArgument; };
  BOOST_CHECK_EXCEPTION(HubServer(nullptr), Error, invalid);
  BOOST_CHECK_EXCEPTION(HubServer(served.hub, {.ping_interval = -1ms}), Error, invalid);
  BOOST_CHECK_EXCEPTION(HubServer(served.hub, {.pong_timeout = std::chrono::milliseconds::max()}), Error, invalid);
  BOOST_CHECK_EXCEPTION(HubServer(served.hub, {.connect_timeout = 0ms}), Error, invalid);
  BOOST_CHECK_EXCEPTION(HubServer(served.hub, {.max_message_bytes = 0}), Error, invalid);
  BOOST_CHECK_EXCEPTION(HubServer(served.hub, {.max_message_bytes = SIZE_MAX}), Error, invalid);
  BOOST_CHECK_EXCEPTION(HubServer(served.hub, {.max_queue_bytes = 0}), Error, invalid);
}

// Many threads at once: publishers into the hub and over the wire, subscribers that come and go, cuts.
BOOST_AUTO_TEST_CASE(many_at_once_and_every_subscriber_sees_consecutive_offsets) {
  constexpr int kSubscribers = 4;
  constexpr int kPublications = 300;
  Served served;
  std::vector<std::thread> threads;
  std::vector<int> faults(kSubscribers, 0);
  for (int s = 0; s < kSubscribers; ++s) {
    threads.emplace_back([&, s] {
      for (int round = 0; round < 5; ++round) {
        WebSocketClient client(served.port());
        client.Connect();
        const json reply = json::parse(client.Ask(kSubscribe)).at("subscribe");
        std::uint64_t last = reply.value("offset", std::uint64_t{0});
        client.Send(PublishCommand("1"));
        for (int own = 0; own < 1;) {
          const std::string message = client.Read();
          if (message.find("\"push\"") == std::string::npos) {
            ++own;
          } else if (OffsetOf(message) != ++last) {
            ++faults[static_cast<std::size_t>(s)];
          }
        }
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kPublications; ++i) served.hub->Publish("c", "0");
  });
  threads.emplace_back([&] {
    for (int i = 0; i < 50; ++i) (void)served.server->connection_count();
  });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(faults == std::vector<int>(kSubscribers, 0), boost::test_tools::per_element());
  BOOST_TEST(served.hub->Top("c").offset == static_cast<std::uint64_t>(kPublications + kSubscribers * 5));
}

BOOST_AUTO_TEST_SUITE_END()

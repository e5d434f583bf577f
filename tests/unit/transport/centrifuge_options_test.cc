// What may be asked of the transport, before anything is connected.

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gapless/websocket.h"
#include "tests/unit/client/temporary_folder.h"
#include "tests/unit/thrown_error.h"
#include "tests/unit/transport/certificates.h"
#include "tests/unit/transport/transport_recorder.h"
#include "transport/centrifuge/codec.h"

namespace gapless::centrifuge {
namespace {

using namespace std::chrono_literals;
using test::TransportRecorder;

WebSocketOptions& OnBeast(WebSocketOptions& options) {
  options.engine = WebSocketEngineKind::kBeast;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_options)

BOOST_AUTO_TEST_CASE(OptionsThatCannotWorkAreRefusedByName) {
  const std::pair<const char*, std::function<void(WebSocketOptions&)>> cases[] = {
      {"URL", [](WebSocketOptions& o) { o.url = "http://host/"; }},
      {"header", [](WebSocketOptions& o) { o.headers["Bad Name"] = "x"; }},
      {"connect_timeout", [](WebSocketOptions& o) { o.connect_timeout = 0ms; }},
      {"connect_timeout", [](WebSocketOptions& o) { o.connect_timeout = std::chrono::milliseconds::max(); }},
      {"max_ping_delay", [](WebSocketOptions& o) { o.max_ping_delay = -1ms; }},
      {"max_frame_bytes", [](WebSocketOptions& o) { o.max_frame_bytes = 0; }},
      {"max_frame_bytes", [](WebSocketOptions& o) { o.token = std::string(70'000, 't'); }},
      {"max_receive_queue_bytes", [](WebSocketOptions& o) { o.max_receive_queue_bytes = 0; }},
      {"connect_data", [](WebSocketOptions& o) { o.connect_data = "{"; }},
      {"connect_data", [](WebSocketOptions& o) { o.connect_data = "1 2"; }},
      {"engine", [](WebSocketOptions& o) { o.engine = static_cast<WebSocketEngineKind>(7); }},
      {"compression needs", [](WebSocketOptions& o) { o.compression = true; }},
      {"step_timeouts need", [](WebSocketOptions& o) { o.step_timeouts.tls = 1s; }},
      {"step_timeouts.upgrade", [](WebSocketOptions& o) { OnBeast(o).step_timeouts.upgrade = -1ms; }},
      {"step_timeouts.resolve", [](WebSocketOptions& o) { OnBeast(o).step_timeouts.resolve = 25h; }},
      {"tls is for wss", [](WebSocketOptions& o) { o.tls.server_name = "hub"; }},
  };
  for (const auto& [name, change] : cases) {
    WebSocketOptions options{.url = "ws://127.0.0.1:1/"};
    BOOST_CHECK_NO_THROW(WebSocket(options));
    change(options);
    BOOST_CHECK_EXCEPTION(WebSocket(options), Error, [what = std::string(name)](const Error& error) {
      return error.errc() == Errc::kInvalidArgument && std::string(error.what()).find(what) != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(TlsFilesThatCannotBeUsedAreRefusedByName) {
  const test::TemporaryFolder folder;
  const test::Authority authority(folder / "", "authority");
  const test::CertificateFiles own = authority.Issue("own");
  const test::CertificateFiles other = authority.Issue("other");
  const std::string empty = folder / "empty.pem";
  std::ofstream{empty};
  const std::pair<std::string, TlsOptions> cases[] = {
      {"ca_file /nowhere.pem cannot be read: No such file", {.ca_file = "/nowhere.pem"}},
      {"ca_file " + folder / "" + " is empty or not a file", {.ca_file = folder / ""}},
      {"ca_file " + empty + " is empty", {.ca_file = empty}},
      {"ca_file " + own.key + " holds no certificate", {.ca_file = own.key}},
      {"key_file belong together", {.certificate_file = own.certificate}},
      {"key_file belong together", {.key_file = own.key}},
      {"certificate_file " + own.key + " holds no certificate", {.certificate_file = own.key, .key_file = own.key}},
      {"holds no private key", {.certificate_file = own.certificate, .key_file = own.certificate}},
      {"or an encrypted one", {.certificate_file = own.certificate, .key_file = test::EncryptedCopy(own.key)}},
      {"holds another key", {.certificate_file = own.certificate, .key_file = other.key}},
      {"server_name", {.server_name = "wss://hub"}},
      {"server_name", {.server_name = std::string("hub\0.example", 12)}},
  };
  for (const auto& [why, tls] : cases) {
    BOOST_TEST_CONTEXT(why) {
      const auto error = test::ErrorOf([&options = tls] { WebSocket({.url = "wss://127.0.0.1:1/", .tls = options}); });
      BOOST_TEST_REQUIRE(error.has_value());
      BOOST_TEST(test::Number(error->errc()) == test::Number(Errc::kInvalidArgument));
      BOOST_TEST(std::string(error->what()).find(why) != std::string::npos, error->what());
    }
  }
  const TlsOptions good{.ca_file = authority.file(), .certificate_file = own.certificate, .key_file = own.key};
  BOOST_CHECK_NO_THROW(WebSocket({.url = "wss://127.0.0.1:1/", .tls = good}));
}

BOOST_AUTO_TEST_CASE(TransportServesOneClient) {
  const auto transport = WebSocket({.url = "ws://127.0.0.1:1/"});
  BOOST_CHECK_THROW(transport->Connect(1), Error);
  const auto recorder = std::make_shared<TransportRecorder>();
  transport->Start(recorder);
  BOOST_CHECK_THROW(transport->Start(recorder), Error);
  transport->Stop();
  transport->Stop();
  transport->Connect(1);
  transport->Send(1, {});
  transport->Disconnect(1);
  BOOST_TEST(recorder->log().empty());
}

BOOST_AUTO_TEST_CASE(TraitsTellWhatFitsIntoAFrame) {
  const auto transport = WebSocket({.url = "ws://127.0.0.1:1/", .max_frame_bytes = 10'000});
  const TransportTraits traits = transport->Traits();
  BOOST_TEST(traits.name == "centrifuge");
  BOOST_TEST(traits.history);
  BOOST_TEST(traits.presence);
  std::string frame;
  AppendRequest(frame, 4'294'967'295,
                PublishRequest{std::string(255, 'c'),
                               std::make_shared<const std::string>(std::string(traits.max_message_bytes, '1'))});
  BOOST_TEST(frame.size() <= 10'000U);
  BOOST_TEST(frame.size() > 9'900U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

// The whole transport over TLS.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "gapless/hub.h"
#include "gapless/websocket.h"
#include "tests/unit/client/temporary_folder.h"
#include "tests/unit/transport/certificates.h"
#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/tls_front.h"
#include "tests/unit/transport/transport_driver.h"

namespace gapless {
namespace {

struct Joined : test::TransportDriver {
  Joined(const test::TestedEngine& engine, const std::string& url, const TlsOptions& tls) {
    transport = WebSocket({.url = url, .engine = engine.kind, .tls = tls});
    transport->Start(recorder);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_tls)

ENGINE_TEST_CASE(PublishesAreAcknowledged) {
  const test::TemporaryFolder folder;
  const test::Authority authority(folder / "", "authority");
  const HubServer server(std::make_shared<Hub>());
  const test::TlsFront front(server.port(), {.own = authority.Issue("server")});
  Joined joined(engine, front.url("localhost"), {.ca_file = authority.file()});
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next().starts_with("1: connected "));
  for (std::uint64_t id = 1; id <= 20; ++id) {
    joined.Ask(1, id, test::PublishOnC("\"" + std::string(30'000, 'x') + "\""));
    BOOST_TEST_REQUIRE(joined.Next() == "1: " + std::to_string(id) + " published");
  }
}

// What the server side, or whoever keeps the files, may mend is no reason to stop.
ENGINE_TEST_CASE(C35_ServerThatIsNotTrustedIsTriedAgainUntilItIs) {
  const test::TemporaryFolder folder;
  const test::Authority authority(folder / "", "authority");
  const test::Authority stranger(folder / "", "stranger");
  const std::string trusted = folder / "trusted.pem";
  std::filesystem::copy_file(stranger.file(), trusted);
  const HubServer server(std::make_shared<Hub>());
  const test::TlsFront front(server.port(), {.own = authority.Issue("server")});
  Joined joined(engine, front.url("localhost"), {.ca_file = trusted});
  joined.transport->Connect(1);
  BOOST_TEST(joined.Next() == "1: disconnected 50 reconnect");
  std::filesystem::remove(trusted);
  joined.transport->Connect(2);
  BOOST_TEST(joined.Next() == "2: disconnected 50 reconnect");
  std::filesystem::copy_file(authority.file(), trusted);
  joined.transport->Connect(3);
  BOOST_TEST(joined.Next().starts_with("3: connected "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

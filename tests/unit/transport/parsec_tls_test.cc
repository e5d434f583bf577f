// Parsec over TLS, on both of its wires.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gapless/hub.h"
#include "gapless/parsec.h"
#include "tests/unit/client/temporary_folder.h"
#include "tests/unit/transport/certificates.h"
#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/tls_front.h"
#include "tests/unit/transport/transport_driver.h"

namespace gapless {
namespace {

using test::Authority;
using test::CertificateFiles;
using test::PeerConnection;
using test::ScriptedPeer;
using test::TlsFront;

struct World {
  test::TemporaryFolder folder;
  Authority authority{folder / "", "authority"};
  Authority stranger{folder / "", "stranger"};
  CertificateFiles own = authority.Issue("client", {.common_name = "editor-7"});
  TlsFront::Options front{.own = authority.Issue("server"), .client_authority = authority.file()};

  TlsOptions Own() const {
    return {.ca_file = authority.file(), .certificate_file = own.certificate, .key_file = own.key};
  }
};

std::string UrlOf(const TlsFront& front) { return "https://localhost:" + std::to_string(front.port()); }

std::string ErrorOf(const ParsecOptions& options) {
  try {
    ParsecApi(options).GetChannel("public:a.b");
  } catch (const Error& error) {
    return error.code().message() + ": " + error.what();
  }
  return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(parsec_tls)

ENGINE_TEST_CASE(CallsReachAServerOfAPrivateAuthorityWithTheClientsCertificate) {
  const World world;
  const std::string body =
      R"({"channel":{"name":"public:a.b","state":"open","ttl_seconds":"60","created_at":"","last_active":""}})";
  const ScriptedPeer peer([&body](PeerConnection& connection) {
    connection.ReadRequestWithBody();
    connection.SendRaw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + body);
  });
  const TlsFront front(peer.port(), world.front);
  ParsecApi api({.url = UrlOf(front), .engine = engine.kind, .tls = world.Own()});
  BOOST_TEST(api.GetChannel("public:a.b").state == "open");
  BOOST_TEST(front.guests().back().name == "editor-7");
}

ENGINE_TEST_CASE(CallsGiveNothingToAServerThatIsNotTrusted) {
  const World world;
  const ScriptedPeer peer([](PeerConnection& connection) { connection.Hold(); });
  const TlsFront front(peer.port(), world.front);
  TlsOptions tls = world.Own();
  tls.ca_file = world.stranger.file();
  const std::string error = ErrorOf({.url = UrlOf(front), .engine = engine.kind, .tls = tls});
  BOOST_TEST(error.starts_with(make_error_code(Errc::kConnectFailed).message()), error);
  BOOST_TEST(error.find("no authority that is trusted") != std::string::npos, error);
  BOOST_TEST(peer.connection_count() == 0U);
}

ENGINE_TEST_CASE(BothWiresShowTheClientsCertificate) {
  const World world;
  // It has the WebSocket; what it says to a publish is not Parsec's, which shows that it was asked.
  const HubServer server(std::make_shared<Hub>());
  const TlsFront front(server.port(), world.front);
  test::TransportDriver driver;
  driver.transport = Parsec({.url = UrlOf(front), .engine = engine.kind, .tls = world.Own()});
  driver.transport->Start(driver.recorder);
  driver.transport->Connect(1);
  BOOST_TEST(driver.Next().starts_with("1: connected "));
  driver.Ask(1, 1, test::PublishOnC("1"));
  BOOST_TEST(driver.Next().starts_with("1: 1 "));
  const std::vector<TlsFront::Guest> guests = front.guests();
  BOOST_TEST(guests.size() == 2U);
  BOOST_TEST(std::all_of(guests.begin(), guests.end(), [](const auto& guest) { return guest.name == "editor-7"; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless

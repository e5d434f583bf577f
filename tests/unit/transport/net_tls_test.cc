// Over TLS, with real certificates, to a server that is what it should be, or is not.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gapless/error.h"
#include "tests/unit/client/temporary_folder.h"
#include "tests/unit/transport/certificates.h"
#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/socket_recorder.h"
#include "tests/unit/transport/tls_front.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

using namespace std::chrono_literals;
using test::Authority;
using test::CertificateContents;
using test::CertificateFiles;
using test::PeerConnection;
using test::ScriptedPeer;
using test::SocketRecorder;
using test::TestedEngine;
using test::TlsFront;
using Cause = WebSocketEnd::Cause;
using Log = std::vector<std::string>;

const Log kConversation{"open", "message you said hello", "end"};

struct World {
  test::TemporaryFolder folder;
  Authority authority{folder / "", "authority"};
  Authority stranger{folder / "", "stranger"};
  ScriptedPeer peer{[](PeerConnection& connection) {
    connection.Accept();
    connection.Send("you said " + connection.Receive().value_or("nothing"));
    connection.Close(1000, "");
  }};

  /// What a client sees that says hello; also whether it got the peer's close frame.
  test::Seen Visit(const TestedEngine& engine, const std::string& url, const TlsOptions& tls) const {
    const auto recorder = std::make_shared<SocketRecorder>();
    std::unique_ptr<WebSocketConnection> connection;
    std::promise<void> assigned;
    recorder->then = [&, ready = assigned.get_future().share()](const std::string& line) {
      ready.wait();
      if (line == "open") connection->Send("hello");
    };
    connection = engine.make()->Connect({.url = url, .headers = {}, .subprotocols = {}, .tls = tls}, recorder);
    assigned.set_value();
    BOOST_TEST_REQUIRE(recorder->WaitForEnd());
    return {recorder->log(), recorder->end()};
  }
  void ExpectGood(const TestedEngine& engine, const std::string& url, const TlsOptions& tls) const {
    const test::Seen seen = Visit(engine, url, tls);
    BOOST_TEST(seen.log == kConversation, boost::test_tools::per_element());
    BOOST_TEST((seen.end.cause == Cause::kClosedByPeer), seen.end.detail);
  }
  /// It fails to connect, and `why` is part of what is told of it.
  void ExpectRefusal(const TestedEngine& engine, const std::string& url, const TlsOptions& tls,
                     const std::string& why) const {
    const test::Seen seen = Visit(engine, url, tls);
    BOOST_TEST(seen.log == Log{"end"}, boost::test_tools::per_element());
    BOOST_TEST((seen.end.cause == Cause::kConnectFailed));
    BOOST_TEST(seen.end.detail.find(why) != std::string::npos, seen.end.detail);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(net_tls)

ENGINE_TEST_CASE(ServerOfAnAuthorityThatIsTrustedByNameAndByAddress) {
  const World world;
  for (const bool old : {false, true}) {
    const TlsFront front(world.peer.port(), {.own = world.authority.Issue("server"), .tls_1_2_only = old});
    for (const char* host : {"localhost", "127.0.0.1"}) {
      BOOST_TEST_CONTEXT(host << (old ? " with TLS 1.2" : "")) {
        world.ExpectGood(engine, front.url(host), {.ca_file = world.authority.file()});
        // An address is no name to ask for.
        const bool is_name = std::string(host) == "localhost";
        BOOST_TEST(front.guests().back().asked_for == (is_name ? "localhost" : ""));
      }
    }
  }
}

ENGINE_TEST_CASE(ServerThatCannotProveWhoItIsGetsNothing) {
  const World world;
  struct Case {
    const char* name;
    CertificateContents contents;
    const char* host;
    const char* why;
  };
  const Case cases[] = {
      {"another host", {.names = "DNS:other.example"}, "localhost", "is not for localhost"},
      {"another address", {.names = "DNS:localhost,IP:127.0.0.2"}, "127.0.0.1", "is not for 127.0.0.1"},
      {"a name in the wrong place", {.common_name = "localhost", .names = "DNS:a.example"}, "localhost", "is not for"},
      {"part of a wildcard", {.names = "DNS:local*"}, "localhost", "is not for localhost"},
      {"expired", {.valid_from = -2h, .valid_until = -1h}, "localhost", "has expired"},
      {"not valid yet", {.valid_from = 1h, .valid_until = 2h}, "localhost", "is not valid yet"},
      {"signed by itself", {.self_signed = true}, "localhost", "no authority that is trusted"},
  };
  for (const Case& refused : cases) {
    BOOST_TEST_CONTEXT(refused.name) {
      const TlsFront front(world.peer.port(), {.own = world.authority.Issue("server", refused.contents)});
      world.ExpectRefusal(engine, front.url(refused.host), {.ca_file = world.authority.file()}, refused.why);
      BOOST_TEST(world.peer.connection_count() == 0U);
    }
  }
}

ENGINE_TEST_CASE(AuthoritiesAreEitherThoseOfTheFileOrThoseOfTheSystem) {
  const World world;
  const TlsFront front(world.peer.port(), {.own = world.authority.Issue("server")});
  for (const TlsOptions& tls : {TlsOptions{}, TlsOptions{.ca_file = world.stranger.file()}}) {
    world.ExpectRefusal(engine, front.url("localhost"), tls, "no authority that is trusted");
  }
  // One that signed itself is its own authority.
  const CertificateFiles own = world.authority.Issue("own", {.self_signed = true});
  const TlsFront lone(world.peer.port(), {.own = own});
  world.ExpectGood(engine, lone.url("localhost"), {.ca_file = own.certificate});
}

ENGINE_TEST_CASE(ServerNameMayBeAnotherThanTheHost) {
  const World world;
  const TlsFront front(world.peer.port(),
                       {.own = world.authority.Issue("server", {.names = "DNS:hub.example,DNS:*.wild.example"})});
  for (const char* name : {"hub.example", "one.wild.example"}) {
    world.ExpectGood(engine, front.url("127.0.0.1"), {.ca_file = world.authority.file(), .server_name = name});
    BOOST_TEST(front.guests().back().asked_for == name);
  }
  world.ExpectRefusal(engine, front.url("127.0.0.1"),
                      {.ca_file = world.authority.file(), .server_name = "two.deep.wild.example"},
                      "is not for two.deep");
}

ENGINE_TEST_CASE(ServerThatDemandsACertificate) {
  const World world;
  const CertificateFiles known = world.authority.Issue("client", {.common_name = "editor-7"});
  const CertificateFiles unknown = world.stranger.Issue("stranger-client");
  for (const bool old : {false, true}) {
    BOOST_TEST_CONTEXT((old ? "TLS 1.2" : "TLS 1.3")) {
      const TlsFront front(
          world.peer.port(),
          {.own = world.authority.Issue("server"), .client_authority = world.authority.file(), .tls_1_2_only = old});
      const std::string& ca = world.authority.file();
      world.ExpectGood(engine, front.url("localhost"),
                       {.ca_file = ca, .certificate_file = known.certificate, .key_file = known.key});
      BOOST_TEST(front.guests().back().name == "editor-7");
      world.ExpectRefusal(engine, front.url("localhost"), {.ca_file = ca}, "TlsOptions::certificate_file");
      world.ExpectRefusal(engine, front.url("localhost"),
                          {.ca_file = ca, .certificate_file = unknown.certificate, .key_file = unknown.key},
                          "unknown CA");
      BOOST_TEST(front.guests().size() == 1U);
    }
  }
}

ENGINE_TEST_CASE(ServerThatSpeaksNoTlsOrOnlyOldTls) {
  const World world;
  const ScriptedPeer plain([](PeerConnection& connection) { connection.SendRaw("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const std::string url = plain.url();
  world.ExpectRefusal(engine, "wss" + url.substr(url.find(':')), {}, "");
  const TlsFront front(world.peer.port(), {.own = world.authority.Issue("server"), .tls_1_1_only = true});
  world.ExpectRefusal(engine, front.url("localhost"), {.ca_file = world.authority.file()}, "protocol version");
}

// cpprest then loses the code of the close frame.
BOOST_FIXTURE_TEST_CASE(CloseFrameCountsAlsoWhereTlsIsCutOffAfterIt_over_beast, test::NothingLeft) {
  const World world;
  const TlsFront front(world.peer.port(), {.own = world.authority.Issue("server"), .rude = true});
  world.ExpectGood(test::kBeast, front.url("localhost"), {.ca_file = world.authority.file()});
}

ENGINE_TEST_CASE(FilesAreReadAgainForEachConnection) {
  const World world;
  const TlsFront front(world.peer.port(),
                       {.own = world.authority.Issue("server"), .client_authority = world.authority.file()});
  const CertificateFiles first = world.authority.Issue("renewed", {.common_name = "first"});
  const TlsOptions tls{.ca_file = world.authority.file(), .certificate_file = first.certificate, .key_file = first.key};
  const auto connections = engine.make();
  world.ExpectGood(engine, front.url("localhost"), tls);
  world.authority.Issue("renewed", {.common_name = "second"});
  world.ExpectGood(engine, front.url("localhost"), tls);
  BOOST_TEST(front.guests().back().name == "second");
  std::filesystem::remove(first.key);
  BOOST_CHECK_EXCEPTION(
      connections->Connect({.url = front.url("localhost"), .headers = {}, .subprotocols = {}, .tls = tls},
                           std::make_shared<SocketRecorder>()),
      Error, [&first](const Error& error) {
        return error.errc() == Errc::kConnectFailed && std::string(error.what()).find(first.key) != std::string::npos;
      });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

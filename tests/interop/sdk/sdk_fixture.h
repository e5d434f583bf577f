#ifndef GAPLESS_TESTS_INTEROP_SDK_SDK_FIXTURE_H_
#define GAPLESS_TESTS_INTEROP_SDK_SDK_FIXTURE_H_

#include <boost/test/unit_test.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "gapless/hub.h"
#include "tests/interop/sdk/client_process.h"

namespace gapless::test {

inline std::string SdkProgram() {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  if (suite.argc != 2) throw std::runtime_error("usage: interop_sdk [BOOST TEST OPTION...] -- PROGRAM");
  return suite.argv[1];
}

/// A hub on the network, and a client of somebody else's.
struct SdkFixture {
  // First, for it would inherit the server's sockets and keep its port.
  ClientProcess client{SdkProgram()};
  std::shared_ptr<Hub> hub = std::make_shared<Hub>();
  std::optional<HubServer> server{std::in_place, hub};

  void Serve(HubServerOptions options) { server.emplace(hub, options); }
  nlohmann::json Connect() {
    client.Do({{"do", "connect"}, {"url", server->url()}});
    return client.Wait("connected");
  }
  nlohmann::json Subscribe(const std::string& channel) {
    client.Do({{"do", "subscribe"}, {"channel", channel}});
    return client.Wait("subscribed");
  }
  nlohmann::json ConnectAndSubscribe() {
    Connect();
    return Subscribe("c");
  }
  // What is published, is what is told: numbers from `first` to `last`, at the offsets of the same numbers.
  void CheckPublications(int first, int last) {
    for (int n = first; n <= last; ++n) {
      const nlohmann::json told = client.Wait("publication");
      BOOST_TEST(told.at("data") == n);
      BOOST_TEST(told.at("offset") == n);
    }
  }
  void Publish(int first, int last) {
    for (int n = first; n <= last; ++n) hub->Publish("c", std::to_string(n));
  }
  nlohmann::json History(nlohmann::json request) {
    request["do"] = "history";
    request["channel"] = "c";
    return client.Call(request);
  }
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_SDK_SDK_FIXTURE_H_

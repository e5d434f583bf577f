#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_TRANSPORT_DRIVER_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_TRANSPORT_DRIVER_H_

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/transport/transport_recorder.h"
#include "transport/net/reaper.h"

namespace gapless::test {

/// A transport and what it reports, driven as a client does it. `transport` is set, and started, by whoever derives.
struct TransportDriver {
  std::string Next() { return recorder->Next(); }
  void Ask(std::uint64_t connection, std::uint64_t id, decltype(TransportRequest::body) body) {
    std::vector<TransportRequest> requests;
    requests.push_back({id, std::move(body)});
    transport->Send(connection, std::move(requests));
  }

  std::shared_ptr<TransportRecorder> recorder = std::make_shared<TransportRecorder>();
  std::shared_ptr<Transport> transport;
};

/// After every test all connections must be gone, or something leaks.
struct NothingLeft {
  ~NothingLeft() { BOOST_TEST(net::Reaper::Get().WaitUntilEmpty(std::chrono::seconds(60))); }
};

inline PublishRequest PublishOnC(std::string data) {
  return {"c", std::make_shared<const std::string>(std::move(data))};
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_TRANSPORT_DRIVER_H_

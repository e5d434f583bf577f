#ifndef GAPLESS_TESTS_UNIT_CLIENT_CLIENT_WORLD_H_
#define GAPLESS_TESTS_UNIT_CLIENT_CLIENT_WORLD_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "tests/unit/client/fixtures.h"

namespace gapless::test {

using Words = std::vector<std::string>;

/// One hub and one virtual time for all clients of a test.
struct World {
  std::shared_ptr<ManualRuntime> runtime = std::make_shared<ManualRuntime>();
  std::shared_ptr<Hub> hub = std::make_shared<Hub>(HubOptions{}, runtime);

  void Settle() { runtime->Settle(); }
};

/// A client over the memory transport that keeps what it was told.
struct Peer {
  Peer(World& world, const std::string& id, const std::function<void(ClientOptions&)>& tweak = {})
      : transport(std::make_shared<MemoryTransport>(world.hub, world.runtime)) {
    ClientOptions options{.transport = transport, .producer = {.id = id, .kind = ProducerKind::kService}};
    if (tweak) tweak(options);
    client = std::make_unique<Client>(std::move(options));
    client->OnError([this](const Error& error) { errors.push_back(error); });
  }

  /// Publishes the numbers `first` to `last` as payloads, one after another.
  void Publish(std::int64_t first, std::int64_t last, const std::string& aspect = "data") {
    for (std::int64_t n = first; n <= last; ++n) {
      client->Publish(kChannel, Draft{.aspect = aspect, .payload = std::to_string(n)});
    }
  }
  bool Saw(Errc code) const {
    for (const Error& error : errors) {
      if (error.errc() == code) return true;
    }
    return false;
  }

  /// Outlives `client`, which may report errors while it is destroyed.
  std::vector<Error> errors;
  std::shared_ptr<MemoryTransport> transport;
  std::unique_ptr<Client> client;
};

/// A world with two connected clients, "p" and "s".
struct ConnectedPair : World {
  ConnectedPair() {
    publisher.client->Connect();
    subscriber.client->Connect();
    Settle();
  }
  Peer publisher{*this, "p"};
  Peer subscriber{*this, "s"};
};

inline std::string Word(const Envelope& envelope) {
  return (envelope.late ? "late " : "") + envelope.producer.id + std::to_string(envelope.sequence);
}

inline std::string Word(const Gap& gap) {
  const std::string first = gap.producer + "[" + std::to_string(gap.first) + ",";
  switch (gap.kind) {
    case GapKind::kRange:
      return "gap " + first + std::to_string(gap.last) + "]";
    case GapKind::kOpen:
      return "open " + first + "?]";
    case GapKind::kNone:
      return "none " + gap.producer;
    case GapKind::kReset:
      return "reset " + gap.producer;
    case GapKind::kFilled:
      return "filled " + first + std::to_string(gap.last) + "]";
  }
  return "?";
}

/// Subscribes and writes down what the handlers see, one word each.
struct Reader {
  Reader(Peer& peer, SubscribeOptions options = {}, const std::string& channel = kChannel)
      : subscription(peer.client->Subscribe(channel, std::move(options), [this](Subscription& setup) {
          setup.OnGap([this](const Gap& gap) { words.push_back(Word(gap)); });
          setup.OnError([this](const Error& error) { errors.push_back(error); });
          setup.OnEnvelope([this](const Envelope& envelope) {
            words.push_back(Word(envelope));
            envelopes.push_back(envelope);
          });
        })) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// What came since the last call.
  Words Take() { return std::exchange(words, {}); }

  Words words;
  std::vector<Envelope> envelopes;
  std::vector<Error> errors;
  Subscription subscription;
};

/// "p1", "p2" … for a run of one producer.
inline Words Run(const std::string& producer, std::int64_t first, std::int64_t last) {
  Words words;
  for (std::int64_t n = first; n <= last; ++n) words.push_back(producer + std::to_string(n));
  return words;
}

template <typename Call>
Errc CodeOf(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.errc();
  }
  return Errc{};
}

}  // namespace gapless::test

namespace gapless {
inline std::ostream& boost_test_print_type(std::ostream& out, const Errc& code) {
  return out << make_error_code(code).message() << " (" << static_cast<int>(code) << ")";
}
inline std::ostream& boost_test_print_type(std::ostream& out, const ConnectionState& state) {
  return out << static_cast<int>(state);
}
}  // namespace gapless

#define GAPLESS_TEST_WORDS(actual, ...) \
  BOOST_TEST((actual) == (gapless::test::Words __VA_ARGS__), boost::test_tools::per_element())

#endif  // GAPLESS_TESTS_UNIT_CLIENT_CLIENT_WORLD_H_

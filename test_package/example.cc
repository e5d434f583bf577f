// A consumer of the package: opens a store, validates a payload, and sends one message through the memory transport.

#include <gapless/gapless.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

struct Cursor {
  std::string user;
  int x = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Cursor, user, x)

constexpr const char* kChannel = "public:webapp.room.42";
constexpr const char* kSchema = R"({"type":"object","required":["user"],"properties":{"x":{"type":"integer"}}})";

bool RefusesWrongPayload(gapless::Client& client) {
  try {
    client.Publish(kChannel, gapless::Draft{.aspect = "cursor", .payload = R"({"x":1})"});
  } catch (const gapless::Error& error) {
    return error.errc() == gapless::Errc::kPayloadInvalid;
  }
  return false;
}

bool Run() {
  gapless::Registry registry;
  registry.Register({.pattern = "public:webapp.room.{id}", .aspects = {{"cursor", {.payload_schema = kSchema}}}});

  auto transport = std::make_shared<gapless::MemoryTransport>();
  gapless::Client client({
      .transport = transport,
      .producer = {.id = "editor-7", .kind = gapless::ProducerKind::kService},
      .snapshotter = gapless::SqliteSnapshotter::Open(":memory:"),
      .validator = gapless::Validator(registry, gapless::ValidationMode::kStrict),
      .validate_outgoing = true,
  });
  std::vector<int> seen;
  gapless::Subscription room = client.Subscribe(kChannel);
  room.OnAspect<Cursor>("cursor",
                        [&seen](const Cursor& cursor, const gapless::Envelope&) { seen.push_back(cursor.x); });
  client.Connect();
  transport->Settle();

  const bool refused = RefusesWrongPayload(client);
  const gapless::Receipt receipt = client.Publish(kChannel, "cursor", Cursor{"ada", 3});
  transport->Settle();
  std::printf("refused: %d, sequence: %d, seen: %zu\n", refused, static_cast<int>(receipt.sequence), seen.size());
  return refused && receipt.sequence == 1 && seen == std::vector<int>{3};
}

}  // namespace

int main() {
  try {
    return Run() ? 0 : 1;
  } catch (const gapless::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

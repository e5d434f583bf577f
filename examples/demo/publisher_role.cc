#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "examples/demo/line_splitter.h"
#include "examples/demo/log_schema.h"
#include "examples/demo/record.h"
#include "examples/demo/reports.h"
#include "examples/demo/roles.h"
#include "examples/demo/run_files.h"
#include "gapless/gapless.h"

namespace demo {
namespace {

// Parts per transaction: few enough that kills fall between many commits, enough that a commit costs little per part.
constexpr std::size_t kBatch = 16;
// Envelopes that may wait for the hub, so that a fast reader of the input meets the outbox's bound now and then.
constexpr std::size_t kMaxUnacknowledged = 256;
constexpr std::chrono::milliseconds kWaitForRoom{50};
constexpr std::chrono::milliseconds kWaitForHub{1'000};

/// How much of the input is committed.
struct Place {
  std::int64_t offset = 0;  ///< In bytes.
  std::int64_t parts = 0;
};

/// How far the parent lets the publisher go.
class Limit {
 public:
  void Raise(std::int64_t parts) {
    const std::lock_guard<std::mutex> lock(mutex_);
    parts_ = parts;
    changed_.notify_all();
  }
  /// Waits until more than `parts` are allowed, and returns how many.
  std::int64_t AwaitMoreThan(std::int64_t parts) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return parts_ > parts; });
    return parts_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t parts_ = 0;
};

Place LoadPlace(gapless::Client& client) {
  Place place;
  client.Transact([&](gapless::Transaction& transaction) {
    transaction.Execute("CREATE TABLE IF NOT EXISTS place (offset INTEGER NOT NULL, parts INTEGER NOT NULL)");
    const auto rows = transaction.Query("SELECT offset, parts FROM place");
    if (rows.empty()) {
      transaction.Execute("INSERT INTO place VALUES (0, 0)");
    } else {
      place = {std::get<std::int64_t>(rows[0][0]), std::get<std::int64_t>(rows[0][1])};
    }
  });
  return place;
}

/// Puts `batch` into the outbox and moves the place behind it, both or neither. False when the outbox has no room.
bool Ship(gapless::Client& client, const std::vector<Part>& batch, Place& place) {
  Place after = place;
  try {
    client.Transact([&](gapless::Transaction& transaction) {
      after = place;
      for (const Part& part : batch) {
        const Record record = ToRecord(part);
        client.Enqueue(kLogChannel, {.aspect = record.aspect, .payload = record.payload.dump()});
        after.offset += static_cast<std::int64_t>(part.size());
        ++after.parts;
      }
      transaction.Execute("UPDATE place SET offset = ?, parts = ?", {after.offset, after.parts});
    });
  } catch (const gapless::Error& error) {
    if (error.errc() == gapless::Errc::kQueueFull) return false;
    throw;
  }
  place = after;
  return true;
}

void ShipAll(gapless::Client& client, const std::string& input, std::int64_t total, Limit& limit) {
  Place place = LoadPlace(client);
  Report("at " + std::to_string(place.parts));
  PartReader reader(input, static_cast<std::uint64_t>(place.offset));
  while (place.parts < total) {
    const std::int64_t allowed = limit.AwaitMoreThan(place.parts);
    std::vector<Part> batch;
    while (batch.size() < kBatch && place.parts + static_cast<std::int64_t>(batch.size()) < allowed) {
      std::optional<Part> part = reader.Next();
      if (!part)
        Die("the input ends after part " + std::to_string(place.parts + static_cast<std::int64_t>(batch.size())));
      batch.push_back(std::move(*part));
    }
    while (!Ship(client, batch, place)) client.Flush(kWaitForRoom);
    Report("at " + std::to_string(place.parts));
  }
  while (!client.Flush(kWaitForHub)) {
  }
  Report("acknowledged");
}

}  // namespace

int RunPublisher(const Options& options) {
  const RunFiles files{options.state};
  gapless::ClientOptions client_options = LogClientOptions(options.url, files.publisher_state());
  client_options.producer = {.id = kLogProducer, .kind = gapless::ProducerKind::kService};
  client_options.durability = gapless::Durability::kOutbox;
  client_options.validate_outgoing = true;
  client_options.max_unacknowledged = kMaxUnacknowledged;
  gapless::Client client(std::move(client_options));
  client.OnError([](const gapless::Error& error) { Log(error.what()); });
  client.Connect();

  Limit limit;
  std::thread shipping([&] {
    try {
      ShipAll(client, files.input(), options.parts, limit);
    } catch (const std::exception& error) {
      Die(error.what());
    }
  });
  TakeCommands([&](const std::string& word, std::int64_t number) {
    if (word == "upto") limit.Raise(number);
  });
  shipping.join();
  client.Close();
  return 0;
}

}  // namespace demo

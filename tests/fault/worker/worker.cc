// A client in a process of its own, to be killed at any moment.
//
//   fault_worker publish     file|sqlite PATH URL reserved|each|outbox LIFE
//   fault_worker handle      file|sqlite PATH URL reserved|each|outbox LIFE
//   fault_worker transact    sqlite      PATH URL reserved|each|outbox LIFE
//
// Says "open" once its client exists, and then, each line at once:
//
//   accepted SEQUENCE        an envelope of its stream, as durable as asked for
//   acknowledged SEQUENCE    the server has it
//   handled SEQUENCE         said inside the handler
//   unsure TEXT              nobody can tell how many sequences of a reserved block were used
//   error TEXT               anything that is not meant to happen
//
// Ends in order when its input ends, and then says "done". LIFE marks the payloads that it publishes.

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gapless/gapless.h"
#include "tests/fault/worker/words.h"

namespace gapless::test {
namespace {

using namespace std::chrono_literals;

// One write each, so that a line is either there or not.
void Say(const std::string& line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::_Exit(2);
}

std::shared_ptr<Snapshotter> OpenState(const std::string& kind, const std::string& path) {
  // So small that the journal is folded every few lives.
  if (kind == "file") return FileSnapshotter::Open(path, {.io = nullptr, .journal_bytes = 4'096});
  return SqliteSnapshotter::Open(path);
}

Durability DurabilityOf(const std::string& name) {
  if (name == "reserved") return Durability::kReserved;
  return name == "outbox" ? Durability::kOutbox : Durability::kEach;
}

void PublishUntil(const std::atomic<bool>& stop, Client& client, const std::string& life, int thread) {
  for (int number = 1; !stop; ++number) {
    const std::string payload = "\"" + life + " " + std::to_string(thread) + " " + std::to_string(number) + "\"";
    try {
      if (thread == 0) {
        Say("accepted " + std::to_string(client.Enqueue(kOutChannel, {.aspect = "a", .payload = payload}).sequence));
      } else {
        Say("acknowledged " +
            std::to_string(client.Publish(kOutChannel, {.aspect = "a", .payload = payload}).sequence));
      }
    } catch (const Error& error) {
      Say(std::string("error ") + error.what());
    }
  }
}

void Attach(Client& client, Subscription& subscription, bool transact) {
  subscription.OnGap(
      [](const Gap& gap) { Say("error gap " + std::string(ToString(gap.kind)) + " " + std::to_string(gap.first)); });
  if (!transact) {
    subscription.OnEnvelope([](const Envelope& envelope) { Say("handled " + std::to_string(envelope.sequence)); });
    return;
  }
  subscription.OnEnvelopeTransactional([&client](const Envelope& envelope, Transaction& transaction) {
    transaction.Execute("INSERT INTO " + kEffectsTable + " (sequence) VALUES (?)", {envelope.sequence});
    client.Enqueue(kOutChannel, {.aspect = "a", .payload = std::to_string(envelope.sequence)});
    Say("handled " + std::to_string(envelope.sequence));
  });
}

void WaitForEndOfInput() {
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

void Run(const std::vector<std::string>& arguments) {
  const std::string role = arguments.at(0);
  const std::string life = arguments.at(5);
  ClientOptions options{.transport = WebSocket({.url = arguments.at(3)}),
                        .producer = {.id = kWorkerId, .kind = ProducerKind::kService}};
  options.snapshotter = OpenState(arguments.at(1), arguments.at(2));
  options.durability = DurabilityOf(arguments.at(4));
  options.reconnect = {.min_delay = 1ms, .max_delay = 20ms};
  if (role == "publish") {
    options.max_unacknowledged = 64;
    options.when_full = WhenFull::kBlock;
  }
  options.reserve_block = 50;
  options.close_timeout = 30s;
  Client client(std::move(options));
  client.OnError([](const Error& error) {
    Say((error.errc() == Errc::kUnrecoverable ? "unsure " : "error ") + std::string(error.what()));
  });
  Say("open");
  if (role == "transact") {
    client.Transact([](Transaction& transaction) {
      transaction.Execute("CREATE TABLE IF NOT EXISTS " + kEffectsTable + " (sequence INTEGER)");
    });
  }
  client.Connect();
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  if (role == "publish") {
    for (int thread = 0; thread < 2; ++thread) {
      threads.emplace_back([&, thread] { PublishUntil(stop, client, life, thread); });
    }
  } else {
    client.Subscribe(kInChannel, {.from_start = true},
                     [&](Subscription& subscription) { Attach(client, subscription, role == "transact"); });
  }
  WaitForEndOfInput();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  client.Close();
  Say("done");
}

}  // namespace
}  // namespace gapless::test

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  try {
    gapless::test::Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    gapless::test::Say(std::string("error ") + error.what());
    return 1;
  }
  return 0;
}

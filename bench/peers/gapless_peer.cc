// What bench/peers/run measures of gapless: the same commands as those of bench/peers/centrifuge_go, one JSON object as
// the answer.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "gapless/gapless.h"

namespace gapless::bench {
namespace {

using Clock = std::chrono::steady_clock;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Stopwatch {
  Clock::time_point begin = Clock::now();
  double cpu = CpuSeconds();

  void Report(int messages) const {
    std::cout << R"({"messages":)" << messages << R"(,"seconds":)"
              << std::chrono::duration<double>(Clock::now() - begin).count() << R"(,"cpu_seconds":)"
              << CpuSeconds() - cpu << "}\n";
  }
};

/// The library underneath, as the command line says.
WebSocketEngineKind engine = WebSocketEngineKind::kCpprest;

std::shared_ptr<Transport> Wire(const std::string& url) {
  // Everything that is measured may wait, so that no bound of the client ends the measurement.
  return WebSocket({.url = url, .max_receive_queue_bytes = std::size_t{4} << 30, .engine = engine});
}

std::unique_ptr<Client> Connected(const std::string& url, const std::string& id) {
  ClientOptions options{.transport = Wire(url), .producer = {.id = id, .kind = ProducerKind::kService}};
  options.any_channel_name = true;
  options.max_unacknowledged = 1'000'000;
  auto client = std::make_unique<Client>(std::move(options));
  client->Connect();
  return client;
}

Subscription Subscribed(Client& client, const std::string& channel, std::function<void(const Envelope&)> handler) {
  SubscribeOptions options;
  options.queue_limit = 1'000'000;
  return client.Subscribe(channel, options, [&](Subscription& s) { s.OnEnvelope(handler); });
}

/// Measures from the first message of a number to the last.
class Counter {
 public:
  explicit Counter(int count) : count_(count) {}

  void Take() {
    if (seen_ == 0) watch_ = {};
    if (++seen_ != count_ + 1) return;
    watch_.Report(count_);
    done_.set_value();
  }
  /// Ends the process with them. The server goes on for ever: what still waits is of no interest.
  [[noreturn]] void ExitWhenDone() {
    done_.get_future().wait();
    std::cout.flush();
    std::_Exit(0);
  }

 private:
  const int count_;
  int seen_ = 0;
  Stopwatch watch_;
  std::promise<void> done_;
};

/// Subscribes on a transport alone, and counts what it delivers: without a client, nothing is decoded or checked.
class Tap final : public TransportListener {
 public:
  Tap(Transport& transport, std::string channel, Counter& counter)
      : transport_(transport), channel_(std::move(channel)), counter_(counter) {}

  void OnTransportEvents(std::vector<TransportEvent> events) override {
    for (const TransportEvent& event : events) {
      if (std::holds_alternative<PublicationEvent>(event.body)) counter_.Take();
      if (std::holds_alternative<ConnectedEvent>(event.body)) connected_.set_value();
    }
  }
  void Subscribe() {
    connected_.get_future().wait();
    transport_.Send(1, {{1, SubscribeRequest{channel_, std::nullopt}}});
  }

 private:
  Transport& transport_;
  const std::string channel_;
  Counter& counter_;
  std::promise<void> connected_;
};

[[noreturn]] void Receive(const std::string& url, const std::string& channel, int count) {
  Counter counter(count);
  const std::shared_ptr<Transport> transport = Wire(url);
  const auto tap = std::make_shared<Tap>(*transport, channel, counter);
  transport->Start(tap);
  transport->Connect(1);
  tap->Subscribe();
  counter.ExitWhenDone();
}

[[noreturn]] void ReceiveChecked(const std::string& url, const std::string& channel, int count) {
  Counter counter(count);
  const std::unique_ptr<Client> client = Connected(url, "receiver");
  const Subscription subscription = Subscribed(*client, channel, [&](const Envelope&) { counter.Take(); });
  counter.ExitWhenDone();
}

/// The payload of an envelope of `size` bytes, as centrifuge-go publishes them.
std::string Payload(const std::string& channel, std::size_t size) {
  const std::string bare = R"({"channel":")" + channel +
                           R"(","sequence":1,"producer":{"id":"p","kind":"service"},"aspect":"data",)"
                           R"("payload":{"text":""},"produced_at":"2026-05-27T14:22:09.331Z"})";
  return R"({"text":")" + std::string(size - std::min(size, bare.size()), 'x') + "\"}";
}

void Publish(const std::string& url, const std::string& channel, int count, std::size_t size, std::size_t in_flight) {
  const std::unique_ptr<Client> client = Connected(url, "p");
  const Draft draft{.aspect = "data", .payload = Payload(channel, size)};
  client->Publish(channel, draft);
  const Stopwatch watch;
  std::deque<std::future<Receipt>> waiting;
  for (int n = 0; n < count; ++n) {
    if (waiting.size() == in_flight) {
      waiting.front().get();
      waiting.pop_front();
    }
    waiting.push_back(client->PublishAsync(channel, draft));
  }
  for (std::future<Receipt>& receipt : waiting) receipt.get();
  watch.Report(count);
}

void Latency(const std::string& url, const std::string& channel, int count, std::size_t size) {
  const std::unique_ptr<Client> receiver = Connected(url, "receiver");
  const std::unique_ptr<Client> publisher = Connected(url, "p");
  std::promise<Clock::time_point> arrived;
  const Subscription subscription =
      Subscribed(*receiver, channel, [&](const Envelope&) { arrived.set_value(Clock::now()); });
  while (publisher->Presence(channel).empty()) std::this_thread::yield();  // Until it is made at the server.
  const Draft draft{.aspect = "data", .payload = Payload(channel, size)};
  std::vector<double> micros;
  for (int n = 0; n < count; ++n) {
    arrived = {};
    std::future<Clock::time_point> arrival = arrived.get_future();
    const Clock::time_point begin = Clock::now();
    publisher->Publish(channel, draft);
    const Clock::time_point end = arrival.get();
    micros.push_back(std::chrono::duration<double, std::micro>(end - begin).count());
    std::this_thread::sleep_for(std::chrono::microseconds{500});
  }
  std::sort(micros.begin(), micros.end());
  std::cout << R"({"p50_us":)" << micros[micros.size() / 2] << R"(,"p99_us":)" << micros[micros.size() * 99 / 100]
            << "}\n";
}

int Run(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "--beast") {
    engine = WebSocketEngineKind::kBeast;
    words.erase(words.begin());
  }
  const auto number = [&](std::size_t index) { return std::stoi(words[index]); };
  if (words.size() == 4 && words[0] == "receive") {
    Receive(words[1], words[2], number(3));
  } else if (words.size() == 4 && words[0] == "receive-checked") {
    ReceiveChecked(words[1], words[2], number(3));
  } else if (words.size() == 6 && words[0] == "publish") {
    Publish(words[1], words[2], number(3), static_cast<std::size_t>(number(4)), static_cast<std::size_t>(number(5)));
  } else if (words.size() == 5 && words[0] == "latency") {
    Latency(words[1], words[2], number(3), static_cast<std::size_t>(number(4)));
  } else {
    std::cerr << "usage: [--beast] receive URL CHANNEL COUNT | receive-checked URL CHANNEL COUNT | "
                 "publish URL CHANNEL COUNT SIZE IN_FLIGHT | latency URL CHANNEL COUNT SIZE\n";
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace gapless::bench

int main(int argc, char** argv) {
  try {
    return gapless::bench::Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

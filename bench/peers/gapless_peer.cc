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
#include <string>
#include <string_view>
#include <thread>
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

/// Measures from the first message to the last.
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

std::unique_ptr<Client> Connected(const std::string& url, const std::string& id) {
  ClientOptions options{
      // Everything that is measured may wait, so that no bound of the client ends the measurement.
      .transport = WebSocket({.url = url, .max_receive_queue_bytes = std::size_t{4} << 30, .engine = engine}),
      .producer = {.id = id, .kind = ProducerKind::kService}};
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

void Receive(const std::string& url, const std::string& channel, int count) {
  Stopwatch watch;
  int seen = 0;
  std::promise<void> done;
  const std::unique_ptr<Client> client = Connected(url, "receiver");
  const Subscription subscription = Subscribed(*client, channel, [&](const Envelope&) {
    if (seen == 0) watch = {};
    if (++seen != count + 1) return;
    watch.Report(count);
    done.set_value();
  });
  done.get_future().wait();
  std::cout.flush();
  std::_Exit(0);  // The server goes on for ever: what still waits is of no interest.
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
  } else if (words.size() == 6 && words[0] == "publish") {
    Publish(words[1], words[2], number(3), static_cast<std::size_t>(number(4)), static_cast<std::size_t>(number(5)));
  } else if (words.size() == 5 && words[0] == "latency") {
    Latency(words[1], words[2], number(3), static_cast<std::size_t>(number(4)));
  } else {
    std::cerr << "usage: [--beast] receive URL CHANNEL COUNT | publish URL CHANNEL COUNT SIZE IN_FLIGHT | "
                 "latency URL CHANNEL COUNT SIZE\n";
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

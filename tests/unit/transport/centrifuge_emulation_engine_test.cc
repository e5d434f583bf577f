// The end of the engine that carries messages over HTTP, while its streams have something to say.

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "gapless/runtime.h"
#include "tests/unit/transport/socket_recorder.h"
#include "transport/centrifuge/emulation_engine.h"
#include "transport/net/http.h"

namespace gapless::centrifuge {
namespace {

/// Requests whose answers the test gives.
class ScriptedHttp final : public net::HttpEngine {
 public:
  std::unique_ptr<net::HttpCall> Send(net::HttpRequest /*request*/, Done done) override {
    posted = std::move(done);
    return std::make_unique<Call>();
  }
  std::unique_ptr<net::HttpCall> Stream(net::HttpRequest /*request*/, std::weak_ptr<net::HttpParts> parts,
                                        Done /*done*/) override {
    stream = std::move(parts);
    return std::make_unique<Call>();
  }

  Done posted;
  std::weak_ptr<net::HttpParts> stream;

 private:
  class Call final : public net::HttpCall {
    void Cancel() override {}
  };
};

/// Real threads, of which one can wait until a number of tasks has begun.
class CountingRuntime final : public Runtime {
 public:
  TimePoint Now() const override { return real_->Now(); }
  Timestamp WallClock() const override { return real_->WallClock(); }
  std::uint64_t Random() override { return real_->Random(); }
  std::shared_ptr<Strand> NewStrand(const std::string& name, StrandKind kind) override {
    return std::make_shared<CountingStrand>(real_->NewStrand(name, kind), begun_);
  }
  bool Wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, TimePoint deadline,
            const std::function<bool()>& done) override {
    return real_->Wait(lock, changed, deadline, done);
  }
  void WaitForTasks(int count) const {
    std::unique_lock<std::mutex> lock(begun_->mutex);
    begun_->changed.wait(lock, [&] { return begun_->tasks >= count; });
  }

 private:
  struct Begun {
    std::mutex mutex;
    std::condition_variable changed;
    int tasks = 0;
  };
  class CountingStrand final : public Strand {
   public:
    CountingStrand(std::shared_ptr<Strand> real, std::shared_ptr<Begun> begun)
        : begun_(std::move(begun)), real_(std::move(real)) {}
    void Post(Task task) override {
      real_->Post([begun = begun_, task = std::move(task)] {
        {
          const std::lock_guard<std::mutex> lock(begun->mutex);
          ++begun->tasks;
          begun->changed.notify_all();
        }
        task();
      });
    }
    TimerId PostAt(TimePoint when, TimerKind kind, Task task) override { return real_->PostAt(when, kind, task); }
    void Cancel(TimerId timer) override { real_->Cancel(timer); }
    bool RunsHere() const override { return real_->RunsHere(); }
    void Stop() override { real_->Stop(); }

   private:
    const std::shared_ptr<Begun> begun_;
    const std::shared_ptr<Strand> real_;
  };

  const std::shared_ptr<Runtime> real_ = ThreadedRuntime();
  const std::shared_ptr<Begun> begun_ = std::make_shared<Begun>();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_emulation_engine)

// A transport has its last reference in a report whenever it is destroyed while one is under way.
BOOST_AUTO_TEST_CASE(L4_an_engine_may_end_inside_a_report_while_an_answer_waits_to_be_reported) {
  const auto http = std::make_shared<ScriptedHttp>();
  const auto runtime = std::make_shared<CountingRuntime>();
  auto engine = EmulationEngine(http, runtime, {.format = StreamFormat::kLines, .emulation_url = "http://h/emulation"});
  const auto recorder = std::make_shared<test::SocketRecorder>();
  const auto connection = engine->Connect({"http://h/stream", {}, {}, {}}, recorder);
  BOOST_TEST_REQUIRE(recorder->WaitForReports(1));
  connection->Send("connect");
  const auto parts = http->stream.lock();
  BOOST_REQUIRE(parts);
  parts->OnHead({200, {}, {}});
  parts->OnPart("{}\n");
  BOOST_TEST_REQUIRE(recorder->WaitForSent(1));
  connection->Send("command");
  BOOST_REQUIRE(http->posted);

  recorder->then = [&](const std::string&) {
    http->posted(net::HttpResponse{204, {}, {}});
    runtime->WaitForTasks(2);
    engine.reset();
  };
  std::thread socket([&parts] { parts->OnPart("{}\n"); });
  socket.join();
  BOOST_TEST(recorder->WaitForSent(2));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge

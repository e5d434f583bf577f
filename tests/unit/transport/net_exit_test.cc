// What happens when a process exits while an engine still has threads at work for a peer that is dead. Each case runs
// in a process of its own, which is this program again with the case's name and the peer's URL in its environment.

#include <spawn.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/scripted_peer.h"
#include "tests/unit/transport/socket_recorder.h"
#include "transport/net/http.h"
#include "transport/net/websocket.h"

extern "C" char** environ;

namespace gapless::net {
namespace {

using test::PeerConnection;
using test::ScriptedPeer;
using test::SocketRecorder;

constexpr int kCleanExit = 7;
constexpr const char* kCaseVariable = "GAPLESS_TEST_EXIT_CASE";
constexpr const char* kUrlVariable = "GAPLESS_TEST_EXIT_URL";

/// Runs this program again with one case.
pid_t StartChild(const std::string& name, const std::string& url) {
  const std::string variables[] = {std::string(kCaseVariable) + "=" + name, std::string(kUrlVariable) + "=" + url};
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
  for (const std::string& variable : variables) environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);
  std::string program = "/proc/self/exe";
  std::string filter = "--run_test=net_exit/Child";
  char* arguments[] = {program.data(), filter.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environment.data());
  return failed == 0 ? child : -1;
}

/// -1 if it crashed.
int ExitCodeOf(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Clients that outlive main, as those in global variables do.
std::vector<std::unique_ptr<WebSocketConnection>>& Globals() {
  static std::vector<std::unique_ptr<WebSocketConnection>> connections;
  return connections;
}

std::shared_ptr<HttpEngine>& GlobalHttp() {
  static std::shared_ptr<HttpEngine> engine;
  return engine;
}

std::unique_ptr<HttpCall>& GlobalCall() {
  static std::unique_ptr<HttpCall> call;
  return call;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_exit)

BOOST_AUTO_TEST_CASE(Child) {
  const char* name = std::getenv(kCaseVariable);
  if (name == nullptr) return;
  const std::string_view which = name;
  const std::string_view what = which.substr(which.find(' ') + 1);
  if (what == "request" || what == "kept") {
    const std::string url = std::getenv(kUrlVariable);
    GlobalHttp() = (which.starts_with("beast") ? test::kBeast : test::kCpprest).make_http();
    std::promise<void> answered;
    GlobalCall() = GlobalHttp()->Send({.url = "http" + url.substr(url.find(':'))},
                                      [&answered](const HttpOutcome&) { answered.set_value(); });
    if (what == "kept") answered.get_future().wait();
    std::exit(kCleanExit);
  }
  const auto recorder = std::make_shared<SocketRecorder>();
  // The order in which the engines begin is that in which what they live on is made.
  for (const test::TestedEngine* engine : {&test::kBeast, &test::kCpprest}) {
    if (which.starts_with(engine->name) || which.starts_with("both")) {
      Globals().push_back(engine->Connect(std::getenv(kUrlVariable), recorder));
    }
  }
  if (what == "connecting") std::exit(kCleanExit);
  if (!recorder->WaitForReports(Globals().size())) std::exit(1);
  for (const auto& connection : Globals()) {
    if (what == "polite") connection->HangUp(WebSocketConnection::Farewell::kPolite);
    if (what == "full") connection->Send(std::string(16 * 1024 * 1024, 'x'));
  }
  if (what == "full" && !which.starts_with("beast") && !recorder->WaitForSent(1)) std::exit(1);
  std::exit(kCleanExit);
}

BOOST_AUTO_TEST_CASE(ProcessExitsCleanlyWhateverItsPeerDoes) {
  const ScriptedPeer::Script silent = [](PeerConnection& connection) { connection.Hold(); };
  const ScriptedPeer::Script deaf = [](PeerConnection& connection) {
    connection.Accept();
    connection.Hold();
  };
  const ScriptedPeer::Script answering = [](PeerConnection& connection) {
    connection.ReadRequest();
    connection.SendRaw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    connection.Hold();
  };
  const std::pair<const char*, ScriptedPeer::Script> cases[] = {
      {"cpprest connecting", silent}, {"cpprest open", deaf},       {"cpprest polite", deaf},
      {"cpprest full", deaf},         {"beast connecting", silent}, {"beast open", deaf},
      {"beast polite", deaf},         {"beast full", deaf},         {"both open", deaf},
      {"cpprest request", silent},    {"beast request", silent}};
  std::vector<std::unique_ptr<ScriptedPeer>> peers;
  std::vector<pid_t> children;
  for (const auto& [name, script] : cases) {
    peers.push_back(std::make_unique<ScriptedPeer>(script));
    children.push_back(StartChild(name, peers.back()->url()));
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    BOOST_TEST_CONTEXT(cases[i].first) {
      BOOST_TEST_REQUIRE(children[i] > 0);
      BOOST_TEST(ExitCodeOf(children[i]) == kCleanExit);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::net

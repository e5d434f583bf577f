#ifndef GAPLESS_TESTS_INTEROP_SDK_CLIENT_PROCESS_H_
#define GAPLESS_TESTS_INTEROP_SDK_CLIENT_PROCESS_H_

#include <sys/types.h>

#include <deque>
#include <nlohmann/json.hpp>
#include <string>

namespace gapless::test {

/// A program around one of Centrifuge's own client SDKs. It takes commands and tells of events, both as JSON objects.
///
///   command ("do")                                  events
///   connect url token? tokens? timeout_ms?          connecting, connected, disconnected, problem, token asked
///   disconnect                                      disconnected
///   subscribe channel tokens? join_leave? delta?    subscribing, subscribed, publication, join, leave, problem,
///                                                   unsubscribed, token asked
///   unsubscribe channel                             unsubscribed
///   publish channel data                            answer
///   history channel limit? since? reverse?          answer: publications offset epoch
///   presence channel                                answer: clients
///   presence_stats channel                          answer: clients users
///   rpc method data                                 answer: data
///
/// `tokens` are handed to the SDK one after the other as it asks for them. An answer may be an `error` with a `code`.
class ClientProcess {
 public:
  explicit ClientProcess(const std::string& program);
  /// Ends the program.
  ~ClientProcess();
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;

  void Do(nlohmann::json command);
  /// Waits for its answer. What is told before it stays for `Wait`.
  nlohmann::json Call(nlohmann::json command);
  /// The next event of that name. What was told before it is passed over. Throws `std::runtime_error` with what was
  /// passed over if it does not come.
  nlohmann::json Wait(const std::string& event);
  /// Whether an event of that name has come and was neither waited for nor passed over.
  bool HasTold(const std::string& event) const;

 private:
  nlohmann::json Read(const std::string& wanted);

  pid_t pid_ = -1;
  int commands_ = -1;
  int events_ = -1;
  std::string unread_;
  std::deque<nlohmann::json> told_;
  int calls_ = 0;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_SDK_CLIENT_PROCESS_H_

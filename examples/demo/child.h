#ifndef GAPLESS_EXAMPLES_DEMO_CHILD_H_
#define GAPLESS_EXAMPLES_DEMO_CHILD_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// A process of ours: commands go to its standard input and reports come from its standard output, a line each; its
/// standard error is appended to a file. In a process group of its own, so that Ctrl-C reaches only its parent. Ends,
/// by SIGKILL if need be, with this object.
class Child {
 public:
  /// Throws `std::system_error`.
  Child(const std::vector<std::string>& command, const std::string& error_file);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Sends a line. One that has ended takes nothing; its end is told by `Ended`.
  void Send(std::string_view line);
  /// The lines that have come, without waiting.
  std::vector<std::string> TakeLines();
  /// For poll(2): becomes readable with the next report or the end.
  int report_fd() const { return report_fd_; }

  /// "exit status 3", "signal 11": why it has ended, or nothing while it runs.
  std::optional<std::string> Ended();
  /// SIGKILL, and waits until it is gone. False if it had ended before by itself.
  bool Kill();
  /// Waits up to `seconds` for its end.
  std::optional<std::string> AwaitEnd(double seconds);

 private:
  std::optional<std::string> Reap(int options);

  pid_t pid_ = -1;
  int command_fd_ = -1;
  int report_fd_ = -1;
  std::string partial_;
  std::optional<std::string> ended_;
  bool killed_ = false;
};

/// The path of the running program.
std::string OwnPath();

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_CHILD_H_

#ifndef GAPLESS_TESTS_UNIT_SNAPSHOT_CHILD_PROCESS_H_
#define GAPLESS_TESTS_UNIT_SNAPSHOT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace gapless::test {

/// A program that runs beside the test; killed when this goes.
class ChildProcess {
 public:
  /// `arguments[0]` is the program's path.
  explicit ChildProcess(const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The next whole line of its output, waiting for it; nothing at the end.
  std::optional<std::string> ReadLine();
  /// Its input ends, which asks some programs to end as well.
  void EndInput();
  /// SIGKILL, and waits until it is gone. What it had written can still be read.
  void Kill();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_SNAPSHOT_CHILD_PROCESS_H_

#ifndef GAPLESS_EXAMPLES_DEMO_RUN_FILES_H_
#define GAPLESS_EXAMPLES_DEMO_RUN_FILES_H_

#include <string>

namespace demo {

/// The files of a run, all in one folder.
struct RunFiles {
  std::string folder;

  std::string input() const { return folder + "/input"; }
  std::string publisher_state() const { return folder + "/publisher.db"; }
  std::string subscriber_state() const { return folder + "/subscriber.db"; }
  /// What the subscriber writes: in the end the same bytes as the input.
  std::string received() const { return folder + "/received"; }
  /// What `OnGap` told the subscriber, a line each.
  std::string gaps() const { return folder + "/gaps"; }
  /// The hub's history, as `WriteHistory` has it.
  std::string history() const { return folder + "/history"; }
  /// What a process wrote to standard error.
  std::string errors_of(const std::string& role) const { return folder + "/" + role + ".log"; }
};

/// Makes `folder` for a new run; what an earlier run left there is removed. Throws `std::runtime_error` for a folder
/// with files in it that no run of the demo made.
RunFiles PrepareRunFolder(const std::string& folder);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_RUN_FILES_H_

#ifndef GAPLESS_EXAMPLES_DEMO_REPORTS_H_
#define GAPLESS_EXAMPLES_DEMO_REPORTS_H_

#include <functional>
#include <sstream>
#include <string>

namespace demo {

// What the demo's processes and the one that started them tell each other, a line at a time:
//
//   hub         reports  "serving <url>", "cut <connections>", "written"
//               takes    "cut", "write", "quit"
//   publisher   reports  "at <parts committed>", "acknowledged" once that holds for the whole input
//               takes    "upto <parts>", "quit"
//   subscriber  reports  "at <highest part committed>"
//               takes    "quit"

/// Reports a line from a child process. From any thread. Ends the process if its parent is gone.
void Report(const std::string& line);

/// Takes commands, a word and perhaps a number, until "quit". Ends the process at once if its parent is gone.
void TakeCommands(const std::function<void(const std::string& word, std::int64_t number)>& take);

/// A line in this process's log.
void Log(const std::string& line);

/// The demo's process cannot go on; its parent notices and tells.
[[noreturn]] void Die(const std::string& why);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_REPORTS_H_

#ifndef GAPLESS_EXAMPLES_DEMO_RECORD_H_
#define GAPLESS_EXAMPLES_DEMO_RECORD_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "examples/demo/line_splitter.h"

namespace demo {

// The payloads. Every one carries the input's bytes, so that the far side can write them again exactly.

/// Bytes of the input as JSON can carry them.
struct Raw {
  std::string encoding;  ///< "utf-8", or "base64" for bytes that are no UTF-8.
  std::string text;
  bool newline = false;  ///< Whether a newline follows; not after a slice, nor at the end of some files.
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Raw, encoding, text, newline)

/// Aspect "line": anything that dpkg did not write.
struct LineEvent {
  Raw raw;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LineEvent, raw)

/// Aspect "startup": dpkg began to do something to archives or packages.
struct StartupEvent {
  std::string at, subject, command;
  Raw raw;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StartupEvent, at, subject, command, raw)

/// Aspect "status": a package entered a state.
struct StatusEvent {
  std::string at, state, package, version;
  Raw raw;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StatusEvent, at, state, package, version, raw)

/// Aspects "install", "upgrade", "configure", "trigproc", "disappear", "remove", "purge": what dpkg does to a package.
struct ActionEvent {
  std::string at, package, installed, available;
  Raw raw;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ActionEvent, at, package, installed, available, raw)

/// Aspect "conffile": what was decided about a changed configuration file.
struct ConffileEvent {
  std::string at, file, decision;
  Raw raw;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ConffileEvent, at, file, decision, raw)

/// The aspects of `ActionEvent`.
inline constexpr std::string_view kActions[] = {"install",   "upgrade", "configure", "trigproc",
                                                "disappear", "remove",  "purge"};

/// What is published for a part.
struct Record {
  std::string aspect;
  nlohmann::json payload;
};

/// Reads a line of dpkg's log (its manual page names the forms) into its typed payload, anything else as "line".
Record ToRecord(const Part& part);

/// The part again. Throws `std::invalid_argument` when the text is not of its encoding.
Part ToPart(const Raw& raw);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_RECORD_H_

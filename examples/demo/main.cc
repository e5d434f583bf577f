// The demo: ships a log from process to process while it kills and cuts, and checks that nothing was lost.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "examples/demo/chaos_plan.h"
#include "examples/demo/input.h"
#include "examples/demo/ledger.h"
#include "examples/demo/line_splitter.h"
#include "examples/demo/options.h"
#include "examples/demo/orchestrator.h"
#include "examples/demo/progress.h"
#include "examples/demo/roles.h"
#include "examples/demo/run_files.h"

namespace demo {
namespace {

constexpr int kPromiseBroken = 1;
constexpr int kCouldNotStart = 2;
constexpr int kInterrupted = 130;

volatile std::sig_atomic_t interrupted = 0;

void CatchSignals() {
  struct sigaction catch_it {};
  catch_it.sa_handler = [](int) { interrupted = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &catch_it, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool OnTerminal() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && terminal != nullptr && std::string(terminal) != "dumb";
}

int RunDemo(Options options) {
  const RunFiles files = PrepareRunFolder(options.out + "/run");
  const std::string ledger_path = options.out + "/ledger.json";
  std::filesystem::remove(ledger_path);
  const std::string what = SpoolInput(options.input, files.input());
  options.parts = CountParts(files.input());
  if (!options.seed) options.seed = std::random_device()();
  std::cout << "Shipping " << options.parts << " lines of " << what << ", seed " << *options.seed << std::endl;

  CatchSignals();
  Progress progress(std::cout, OnTerminal() ? Progress::Style::kLive : Progress::Style::kPlain);
  Orchestrator orchestrator(options, files, MakeChaosPlan(*options.seed, options.parts), progress, interrupted);
  const Ledger ledger = Judge(orchestrator.Run());

  std::ofstream file(ledger_path, std::ios::trunc);
  file << ToJson(ledger) << std::flush;
  if (!file) throw std::runtime_error("cannot write " + ledger_path);
  std::cout << "\n"
            << ToTable(ledger, OnTerminal() && !IsSet("NO_COLOR")) << "  " << ledger_path << ", " << files.received()
            << std::endl;
  return ledger.failures.empty() ? 0 : kPromiseBroken;
}

int Main(const std::vector<std::string>& arguments) {
  try {
    const Options options = ParseOptions(arguments);
    if (options.help) {
      std::cout << UsageText();
      return 0;
    }
    if (options.role == "hub") return RunHub(options);
    if (options.role == "publisher") return RunPublisher(options);
    if (options.role == "subscriber") return RunSubscriber(options);
    if (!options.role.empty()) throw UsageError("--role takes hub, publisher or subscriber");
    return RunDemo(options);
  } catch (const Interrupted&) {
    std::cout << "\nInterrupted; no process is left behind." << std::endl;
    return kInterrupted;
  } catch (const UsageError& error) {
    std::cerr << "gapless_demo: " << error.what() << "\n\n" << UsageText();
    return kCouldNotStart;
  } catch (const InputError& error) {
    std::cerr << "gapless_demo: " << error.what() << "\n";
    return kCouldNotStart;
  } catch (const std::exception& error) {
    std::cerr << "gapless_demo: " << error.what() << "\n";
    return kPromiseBroken;
  }
}

}  // namespace
}  // namespace demo

int main(int count, char** values) { return demo::Main({values + 1, values + count}); }

// Runs a program with the URL of a hub's server as its last argument, and exits as it does.
//
// usage: with_hub PROGRAM [ARGUMENT...]

#include <spawn.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "gapless/hub.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: with_hub PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  const auto hub = std::make_shared<gapless::Hub>();
  gapless::HubServer server(hub);
  std::string url = server.url();
  std::vector<char*> arguments(argv + 1, argv + argc);
  arguments.push_back(url.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (const int error = posix_spawn(&child, argv[1], nullptr, nullptr, arguments.data(), environ); error != 0) {
    std::fprintf(stderr, "cannot run %s: %s\n", argv[1], std::strerror(error));
    return 2;
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) {
    std::perror("waitpid");
    return 2;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

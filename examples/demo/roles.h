#ifndef GAPLESS_EXAMPLES_DEMO_ROLES_H_
#define GAPLESS_EXAMPLES_DEMO_ROLES_H_

#include "examples/demo/options.h"
#include "gapless/client.h"

namespace demo {

// The bodies of the demo's processes. Each returns its exit status; reports.h says what it hears and tells.

/// Serves a hub that remembers everything.
int RunHub(const Options& options);
/// Ships the input from where the last life of it committed.
int RunPublisher(const Options& options);
/// Writes what arrives, each part once.
int RunSubscriber(const Options& options);

/// What both clients' options have in common: the hub at `url`, a state at `state`, payloads checked, and delays
/// that suit a run of seconds.
gapless::ClientOptions LogClientOptions(const std::string& url, const std::string& state);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_ROLES_H_

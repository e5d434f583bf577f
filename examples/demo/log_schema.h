#ifndef GAPLESS_EXAMPLES_DEMO_LOG_SCHEMA_H_
#define GAPLESS_EXAMPLES_DEMO_LOG_SCHEMA_H_

#include "gapless/schema.h"

namespace demo {

/// The channel that the log travels on.
inline constexpr const char* kLogChannel = "public:demo.machine.log";
/// The one producer on it.
inline constexpr const char* kLogProducer = "log-shipper";

/// A strict validator that knows what the channel carries: every aspect of record.h with the schema of its payload.
gapless::Validator LogValidator();

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_LOG_SCHEMA_H_

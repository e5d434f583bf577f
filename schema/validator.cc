#include <charconv>
#include <utility>

#include "envelope/quoted.h"
#include "gapless/schema.h"
#include "schema/registry_core.h"

namespace gapless {
namespace internal {
namespace {

// With this depth, and kMaxInPlaceChain schemas at every level, a check takes 1.5 MiB of stack; with one schema at
// every level it takes 250 KiB.
constexpr std::size_t kMaxPayloadDepth = 64;

void CheckLimits(const PayloadLimits& limits) {
  if (limits.max_depth == 0 || limits.max_depth > kMaxPayloadDepth) {
    throw Error(Errc::kInvalidArgument, "PayloadLimits::max_depth is " + std::to_string(limits.max_depth) +
                                            ", it must be from 1 to " + std::to_string(kMaxPayloadDepth));
  }
  if (limits.max_bytes == 0 || limits.max_values == 0 || limits.max_steps == 0) {
    throw Error(Errc::kInvalidArgument, "a limit in PayloadLimits is 0, so no payload would pass");
  }
}

/// `v2`, alone or behind the last slash, names version 2.
std::optional<std::int64_t> VersionNamedBy(std::string_view schema_ref) noexcept {
  const std::string_view word = schema_ref.substr(schema_ref.rfind('/') + 1);
  if (word.size() < 2 || word.front() != 'v' || word[1] == '-') return std::nullopt;
  std::int64_t version = 0;
  const auto end = std::from_chars(word.data() + 1, word.data() + word.size(), version);
  if (end.ec != std::errc() || end.ptr != word.data() + word.size()) return std::nullopt;
  return version;
}

}  // namespace

class ValidatorCore {
 public:
  ValidatorCore(const Registry& registry, ValidationMode mode, const ValidatorOptions& options)
      : registry_(registry.core_), mode_(mode), options_(options) {}

  ValidationMode mode() const noexcept { return mode_; }

  std::optional<Objection> Check(const Envelope& envelope) const {
    RegistrationPointer registration = registry_->Find(envelope.channel);
    if (!registration) return std::nullopt;
    const std::string& pattern = registration->definition.pattern;
    if (const auto version = options_.use_schema_ref ? VersionNamedBy(envelope.schema_ref) : std::nullopt) {
      auto named = registry_->FindVersion(pattern, *version);
      if (!named) {
        return Object(envelope, Errc::kPatternNotFound,
                      "schema_ref " + QuotedExcerpt(envelope.schema_ref) + " names version " +
                          std::to_string(*version) + " of pattern " + QuotedExcerpt(pattern) +
                          ", which the registry does not have; its current version is " +
                          std::to_string(registration->definition.version));
      }
      registration = std::move(named);
    }
    const ChannelPattern& definition = registration->definition;
    if (definition.aspects.count(envelope.aspect) == 0) {
      return Object(envelope, Errc::kUnsupportedAspect,
                    "schema: unsupported aspect: " + QuotedExcerpt(envelope.aspect) + ", pattern " +
                        QuotedExcerpt(definition.pattern) + " version " + std::to_string(definition.version));
    }
    const auto schema = registration->schemas.find(envelope.aspect);
    if (schema == registration->schemas.end()) return std::nullopt;
    const auto violation = schema->second.Check(envelope.payload, options_.limits);
    if (!violation) return std::nullopt;
    return Object(envelope, Errc::kPayloadInvalid,
                  *violation + " (aspect " + QuotedExcerpt(envelope.aspect) + ", pattern " +
                      QuotedExcerpt(definition.pattern) + " version " + std::to_string(definition.version) + ")");
  }

 private:
  Objection Object(const Envelope& envelope, Errc code, const std::string& message) const {
    Error error(code, message);
    error.WithChannel(envelope.channel).WithProducer(envelope.producer.id).WithSequence(envelope.sequence);
    return {error.WithRaw(envelope.payload), mode_ == ValidationMode::kStrict};
  }

  const std::shared_ptr<const RegistryCore> registry_;
  const ValidationMode mode_;
  const ValidatorOptions options_;
};

}  // namespace internal

ValidationMode ParseValidationMode(std::string_view text) noexcept {
  if (text.empty() || text == "off") return ValidationMode::kOff;
  return text == "strict" ? ValidationMode::kStrict : ValidationMode::kWarn;
}

Validator::Validator(const Registry& registry, ValidationMode mode, const ValidatorOptions& options) {
  internal::CheckLimits(options.limits);
  if (mode != ValidationMode::kOff) {
    core_ = std::make_shared<const internal::ValidatorCore>(registry, mode, options);
  }
}

ValidationMode Validator::Mode() const noexcept { return core_ ? core_->mode() : ValidationMode::kOff; }

std::optional<Objection> Validator::Check(const Envelope& envelope) const {
  if (!core_) return std::nullopt;
  return core_->Check(envelope);
}

}  // namespace gapless

#include "examples/demo/log_schema.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "examples/demo/record.h"

namespace demo {
namespace {

using Json = nlohmann::json;

Json RawSchema() {
  return {{"type", "object"},
          {"required", {"encoding", "text", "newline"}},
          {"properties",
           {{"encoding", {{"type", "string"}, {"enum", {"utf-8", "base64"}}}},
            {"text", {{"type", "string"}}},
            {"newline", {{"type", "boolean"}}}}},
          {"additionalProperties", false}};
}

/// An object of these texts, none empty, and the raw bytes.
gapless::Aspect MakeAspect(const std::string& name, const std::vector<std::string>& texts) {
  Json properties = {{"raw", RawSchema()}};
  Json required = {"raw"};
  for (const std::string& text : texts) {
    properties[text] = {{"type", "string"}, {"minLength", 1}};
    required.push_back(text);
  }
  const Json schema = {
      {"type", "object"}, {"required", required}, {"properties", properties}, {"additionalProperties", false}};
  gapless::Aspect aspect;
  aspect.name = name;
  aspect.payload_schema = schema.dump();
  return aspect;
}

}  // namespace

gapless::Validator LogValidator() {
  std::map<std::string, std::vector<std::string>> texts = {
      {"line", {}},
      {"startup", {"at", "subject", "command"}},
      {"status", {"at", "state", "package", "version"}},
      {"conffile", {"at", "file", "decision"}},
  };
  for (const std::string_view action : kActions)
    texts[std::string(action)] = {"at", "package", "installed", "available"};

  gapless::ChannelPattern pattern;
  pattern.pattern = kLogChannel;
  pattern.description = "a log, line by line";
  for (const auto& [name, fields] : texts) pattern.aspects.emplace(name, MakeAspect(name, fields));
  gapless::Registry registry;
  registry.Register(std::move(pattern));
  return gapless::Validator(registry, gapless::ValidationMode::kStrict);
}

}  // namespace demo

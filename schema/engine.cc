// The only file that knows valijson, whose headers take seconds to compile.
#include "schema/engine.h"

// Before valijson, whose headers rely on it.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "schema/formats.h"
#include "schema/lowering.h"
#include "schema/schema_tree.h"

#if !VALIJSON_USE_EXCEPTIONS
#error "without exceptions valijson ends the process when a schema does not compile"
#endif

namespace gapless::internal {
namespace {

using valijson::adapters::Adapter;
using valijson::constraints::PolyConstraint;

// Valijson gives a constraint no way to reach what belongs to one check.
thread_local StepBudget* current_budget = nullptr;

class BudgetScope {
 public:
  explicit BudgetScope(StepBudget& budget) noexcept : before_(std::exchange(current_budget, &budget)) {}
  ~BudgetScope() { current_budget = before_; }
  BudgetScope(const BudgetScope&) = delete;
  BudgetScope& operator=(const BudgetScope&) = delete;

 private:
  StepBudget* before_;
};

// Where a value stands, whose type valijson changed between releases.
template <typename Result, typename Place>
Place PlaceOf(Result (PolyConstraint::*)(const Adapter&, Place, valijson::ValidationResults*) const);
using PlaceArgument = decltype(PlaceOf(&PolyConstraint::validate));

/// A constraint that decides by `Check`, called with the value and the budget.
template <typename Check>
class OwnConstraint final : public PolyConstraint {
 public:
  explicit OwnConstraint(Check check) : check_(std::move(check)) {}

  bool validate(const Adapter& target, PlaceArgument /*place*/,
                valijson::ValidationResults* /*results*/) const override {
    return check_(target, *current_budget);
  }

 private:
  valijson::constraints::Constraint* cloneInto(void* place) const override { return new (place) OwnConstraint(*this); }
  std::size_t sizeOf() const override { return sizeof(OwnConstraint); }

  const Check check_;
};

template <typename Check>
PolyConstraint* NewConstraint(Check check) {
  return new OwnConstraint<Check>(std::move(check));
}

/// Turns the value of one of our keywords into a constraint by calling `Make`.
template <typename Make>
class OwnBuilder final : public valijson::ConstraintBuilder {
 public:
  explicit OwnBuilder(Make make) : make_(std::move(make)) {}
  valijson::constraints::Constraint* make(const Adapter& value) const override { return make_(value); }

 private:
  const Make make_;
};

template <typename Make>
void AddKeyword(valijson::SchemaParser& parser, std::string_view name, Make make) {
  parser.addConstraintBuilder(std::string(name), new OwnBuilder<Make>(std::move(make)));
}

/// Appends a text that two values share only if they are equal.
void AppendIdentity(std::string& out, const Adapter& value) {
  if (value.isNull()) {
    out += 'n';
  } else if (value.isBool()) {
    out += value.getBool() ? 't' : 'f';
  } else if (value.isInteger()) {
    out += 'i' + std::to_string(value.getInteger()) + ';';
  } else if (value.isDouble()) {
    const double number = value.getDouble();
    out += 'd';
    out.append(reinterpret_cast<const char*>(&number), sizeof(number));
  } else if (value.isString()) {
    const std::string text = value.getString();
    out += 's' + std::to_string(text.size()) + ':' + text;
  } else if (value.isArray()) {
    out += '[';
    value.applyToArray([&out](const Adapter& item) {
      AppendIdentity(out, item);
      return true;
    });
    out += ']';
  } else {
    out += '{';
    value.applyToObject([&out](const std::string& name, const Adapter& member) {
      out += std::to_string(name.size()) + ':' + name;
      AppendIdentity(out, member);
      return true;
    });
    out += '}';
  }
}

bool HasUniqueItems(const Adapter& value, StepBudget& budget) {
  if (!value.isArray()) return true;
  constexpr std::size_t kBytesPerStep = 64;
  std::set<std::string> seen;
  bool unique = true;
  value.applyToArray([&](const Adapter& item) {
    std::string identity;
    AppendIdentity(identity, item);
    budget.Spend(1 + identity.size() / kBytesPerStep);
    unique = seen.insert(std::move(identity)).second;
    return unique;
  });
  return unique;
}

bool IsMultiple(double number, double divisor) noexcept {
  // Decimal fractions are not exact as doubles: 0.3 is to count as a multiple of 0.1.
  constexpr double kTolerance = 4 * std::numeric_limits<double>::epsilon();
  return std::fabs(std::remainder(number, divisor)) <= std::fabs(number) * kTolerance;
}

void AddOwnKeywords(valijson::SchemaParser& parser, PatternCache& patterns) {
  AddKeyword(parser, kLoweredStep, [](const Adapter& value) {
    return NewConstraint(
        [steps = static_cast<std::size_t>(value.getInteger())](const Adapter& /*target*/, StepBudget& budget) {
          budget.Spend(steps);
          return true;
        });
  });
  AddKeyword(parser, kLoweredUniqueItems, [](const Adapter& /*value*/) { return NewConstraint(HasUniqueItems); });
  AddKeyword(parser, kLoweredMultipleOf, [](const Adapter& value) {
    return NewConstraint([divisor = value.getNumber()](const Adapter& target, StepBudget& /*budget*/) {
      return !target.isNumber() || IsMultiple(target.getNumber(), divisor);
    });
  });
  AddKeyword(parser, kLoweredPattern, [&patterns](const Adapter& value) {
    const std::string text = value.getString();
    std::shared_ptr<const EcmaPattern>& pattern = patterns[text];
    if (!pattern) pattern = std::make_shared<const EcmaPattern>(text);
    return NewConstraint([pattern](const Adapter& target, StepBudget& budget) {
      if (!target.isString()) return true;
      const std::string subject = target.getString();
      budget.Spend(pattern->StepsFor(subject));
      return pattern->Search(subject);
    });
  });
  AddKeyword(parser, kLoweredFormat, [](const Adapter& value) {
    return NewConstraint([format = Format::Find(value.getString())](const Adapter& target, StepBudget& budget) {
      if (!target.isString()) return true;
      const std::string subject = target.getString();
      budget.Spend(format->StepsFor(subject));
      return format->Accepts(subject);
    });
  });
}

}  // namespace

struct Engine::Impl {
  Impl(const nlohmann::json& lowered, PatternCache& patterns) {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    AddOwnKeywords(parser, patterns);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(lowered), schema);
  }

  valijson::Schema schema;
};

Engine::Engine(const nlohmann::json& lowered, PatternCache& patterns) try
    : impl_(std::make_unique<const Impl>(lowered, patterns)) {
} catch (const std::bad_alloc&) {
  throw;
} catch (const std::exception& error) {
  throw SchemaError{std::string("the validator cannot compile it: ") + error.what()};
}

Engine::~Engine() = default;

bool Engine::Accepts(const nlohmann::json& value, StepBudget& budget) const {
  const BudgetScope scope(budget);
  // One for each check: it caches what it compiled, without a lock.
  valijson::Validator validator;
  return validator.validate(impl_->schema, valijson::adapters::NlohmannJsonAdapter(value), nullptr);
}

}  // namespace gapless::internal

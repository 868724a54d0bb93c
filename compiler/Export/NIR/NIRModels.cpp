#include "compiler/Export/NIR/NIRModels.h"

#include "compiler/Import/NIR/NIRKinds.h"
#include "dialects/snn/IR/ModelEvaluator.h"
#include "dialects/snn/IR/ModelLibrary.h"
#include "dialects/snn/Transforms/NeuronRules.h"
#include "dialects/support/Diagnostics.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace limen;
using namespace limen::nir;
using snn::ResetRule;
using snn::Scheme;
using snn::SpikeRule;
using snn::SpikeTiming;

namespace {

struct ModelKind {
  StringRef model;
  Kind kind;
};
constexpr ModelKind modelKinds[] = {{"if", Kind::IF},
                                    {"lif", Kind::LIF},
                                    {"cuba_lif", Kind::CubaLIF},
                                    {"li", Kind::LI},
                                    {"cuba_li", Kind::CubaLI},
                                    {"i", Kind::I},
                                    {"threshold", Kind::Threshold}};

std::string textOf(snn::ModelOp model) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  model->print(stream, OpPrintingFlags().useLocalScope());
  return text;
}

/// One way to discretise a model of the library.
struct Rules {
  Scheme scheme;
  SpikeRule spike;
  ResetRule reset;
  SpikeTiming timing;
};

/// The rules by which `model` differs from the library's model of that name;
/// nothing if it is another model.
std::optional<Rules> rulesOf(snn::ModelOp model) {
  const std::string text = textOf(model);
  DiagnosticCollector ignored(model.getContext());
  OwningOpRef<ModuleOp> scratch = ModuleOp::create(model.getLoc());
  snn::ModelOp plain = snn::getOrInsertModel(*scratch, model.getSymName());
  if (!plain)
    return std::nullopt;
  for (Scheme scheme : {Scheme::Euler, Scheme::Exponential, Scheme::Impulse})
    for (SpikeRule spike : {SpikeRule::Greater, SpikeRule::GreaterEqual})
      for (ResetRule reset : {ResetRule::Zero, ResetRule::Subtract})
        for (SpikeTiming timing :
             {SpikeTiming::SameStep, SpikeTiming::ResetLater,
              SpikeTiming::NextStep}) {
          snn::ModelOp adapted = plain.clone();
          scratch->push_back(adapted);
          const bool fits = succeeded(snn::setScheme(adapted, scheme)) &&
                            succeeded(snn::setSpikeRule(adapted, spike)) &&
                            succeeded(snn::setResetRule(adapted, reset)) &&
                            succeeded(snn::setSpikeTiming(adapted, timing)) &&
                            textOf(adapted) == text;
          adapted.erase();
          if (fits)
            return Rules{scheme, spike, reset, timing};
        }
  return std::nullopt;
}

} // namespace

Result<Kind> limen::nir::kindOfNeuron(snn::NeuronOp neuron,
                                      std::vector<std::string> &remarks) {
  const auto fail = [&](const std::string &what) {
    return Error("the population '" + neuron.getName().str() + "' " + what,
                 placeOf(neuron.getLoc()));
  };
  const StringRef name = neuron.getModel();
  const auto *known = llvm::find_if(
      modelKinds, [&](const ModelKind &entry) { return entry.model == name; });
  if (known == std::end(modelKinds))
    return fail("has the model '" + name.str() + "', which NIR does not have")
        .note("NIR has if, lif, cuba_lif, li, cuba_li, i, threshold");
  auto model =
      neuron->getParentOfType<ModuleOp>().lookupSymbol<snn::ModelOp>(name);
  const std::optional<Rules> rules = rulesOf(model);
  if (!rules)
    return fail("has a model named '" + name.str() +
                "' that is not the library's");
  if (rules->reset == ResetRule::Subtract)
    return fail("resets by subtraction, which NIR cannot say")
        .note("--reset zero gives NIR's rule, and other spikes");
  if (rules->spike == SpikeRule::GreaterEqual)
    return fail("fires at v >= threshold; NIR's neurons fire at v > threshold");
  if (rules->timing != SpikeTiming::SameStep)
    return fail("fires or resets a step after it crosses its threshold, which "
                "NIR cannot say");
  if (rules->scheme != Scheme::Euler) {
    const std::string remark =
        "NIR does not hold the scheme of model '" + name.str() +
        "': give --scheme " +
        (rules->scheme == Scheme::Impulse ? "impulse" : "exponential") +
        " where the file is read";
    if (!llvm::is_contained(remarks, remark))
      remarks.push_back(remark);
  }
  return known->kind;
}

std::map<std::string, Parameter>
limen::nir::parametersOfNeuron(snn::NeuronOp neuron, Kind kind,
                               const Shape &shape) {
  auto model = neuron->getParentOfType<ModuleOp>().lookupSymbol<snn::ModelOp>(
      neuron.getModel());
  std::map<std::string, Parameter> all;
  for (const ParameterRule &rule : parametersOf(kind)) {
    Attribute value = neuron.getParameters().get(rule.name);
    if (!value)
      value = model.getDefaultsAttr().get(rule.name);
    std::vector<double> data = snn::parameterValues(value);
    if (data.size() == 1)
      data.assign(snn::sizeOf(neuron.getType()), data[0]);
    all[rule.name] = {shape, std::move(data)};
  }
  return all;
}

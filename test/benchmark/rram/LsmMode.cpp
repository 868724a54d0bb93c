#include "hw-models/base/Files.h"
#include "hw-models/imc/Core.h"
#include "runtime/events/Npz.h"
#include "test/benchmark/rram/Mode.h"

#include <cmath>
#include <filesystem>
#include <fmt/format.h>

using namespace limen;
using namespace limen::bench;
using namespace limen::imchw;
using nlohmann::json;

namespace {

using Arrays = std::map<std::string, events::NumberArray>;

/// The machine of a case: four arrays, and how its neurons step.
struct Machine {
  double gMax = 20; ///< microsiemens
  double decay = 0.9, gain = 0.07, threshold = 5;
  uint32_t inputs = 0, neurons = 0, steps = 0;
};

/// Converters of one tag.
struct Tag {
  std::string name;
  unsigned bits = 0;
  double input = 32, recurrent = 64; ///< upper ends, in Gmax
};

struct Figures {
  size_t wrong = 0, spikes = 0;
  int first = -1; ///< step with the first wrong spike
  double voltage = 0;
  double margin = INFINITY; ///< smallest |V - threshold|
};

/// A pair of arrays whose sums are converted one by one, then subtracted.
Result<Core> makeCore(const events::NumberArray &plus,
                      const events::NumberArray &minus, double gMax,
                      unsigned bits, double end) {
  CoreSettings settings;
  settings.dac = {DacKind::Quantizer, 1, 0, 1, false, 0};
  settings.subtractInArray = false;
  Adc adc{bits, end, AdcKind::Quantizer, Rounding::EvenAbove};
  adc.low = 0;
  settings.adcs = {adc};
  std::vector<std::vector<double>> arrays = {plus.values, minus.values};
  for (std::vector<double> &array : arrays)
    for (double &g : array)
      g /= gMax;
  return Core::make(settings, std::move(arrays),
                    static_cast<uint32_t>(plus.shape[0]),
                    static_cast<uint32_t>(plus.shape[1]));
}

Result<Figures> runTag(const Machine &m, const Tag &tag, const Arrays &arrays) {
  Result<Core> input = makeCore(arrays.at("Gin_p_uS"), arrays.at("Gin_n_uS"),
                                m.gMax, tag.bits, tag.input);
  if (!input)
    return input.takeError();
  Result<Core> recurrent = makeCore(arrays.at("Gr_p_uS"), arrays.at("Gr_n_uS"),
                                    m.gMax, tag.bits, tag.recurrent);
  if (!recurrent)
    return recurrent.takeError();
  const std::vector<double> &x = arrays.at("X").values;
  const std::vector<double> &wanted = arrays.at("S_" + tag.name).values;
  const auto trace = arrays.find("V_" + tag.name);
  std::vector<double> spikes(m.neurons, 0.0), memory(m.neurons, 0.0),
      drive(m.inputs), sum(m.neurons);
  Figures figures;
  for (uint32_t t = 0; t < m.steps; ++t) {
    std::copy_n(x.begin() + long(size_t(t) * m.inputs), m.inputs,
                drive.begin());
    std::fill(sum.begin(), sum.end(), 0.0);
    if (Result<void> done = input->multiply(drive, sum); !done)
      return done.takeError();
    if (Result<void> done = recurrent->multiply(spikes, sum); !done)
      return done.takeError();
    for (uint32_t n = 0; n < m.neurons; ++n) {
      memory[n] =
          memory[n] * m.decay * (1 - spikes[n]) + m.gain * m.gMax * sum[n];
      figures.margin =
          std::min(figures.margin, std::abs(memory[n] - m.threshold));
    }
    for (uint32_t n = 0; n < m.neurons; ++n) {
      spikes[n] = memory[n] > m.threshold ? 1 : 0;
      const size_t at = size_t(t) * m.neurons + n;
      figures.spikes += spikes[n] != 0;
      if (spikes[n] != wanted[at]) {
        ++figures.wrong;
        if (figures.first < 0)
          figures.first = static_cast<int>(t);
      }
      if (trace != arrays.end())
        figures.voltage = std::max(
            figures.voltage, std::abs(memory[n] - trace->second.values[at]));
    }
  }
  return figures;
}

Error atFile(const std::string &file, std::string message) {
  return Error(std::move(message), Place{file, 0, 0, {}});
}

Result<Machine> machineOf(const std::string &file, const Arrays &arrays,
                          const json &root) {
  for (const char *name : {"Gin_p_uS", "Gin_n_uS", "Gr_p_uS", "Gr_n_uS", "X"})
    if (!arrays.contains(name) || arrays.at(name).shape.size() != 2)
      return atFile(file, fmt::format("has no matrix '{}'", name));
  Machine m;
  const auto &in = arrays.at("Gin_p_uS").shape;
  m.neurons = static_cast<uint32_t>(in[0]);
  m.inputs = static_cast<uint32_t>(in[1]);
  m.steps = static_cast<uint32_t>(arrays.at("X").shape[0]);
  const std::vector<int64_t> square = {in[0], in[0]};
  if (arrays.at("Gin_n_uS").shape != in ||
      arrays.at("Gr_p_uS").shape != square ||
      arrays.at("Gr_n_uS").shape != square || arrays.at("X").shape[1] != in[1])
    return atFile(file, "has matrices whose sizes do not match");
  const auto set = [&](const char *key, double &value) {
    if (root.contains(key) && root[key].is_number())
      value = root[key].get<double>();
  };
  set("gmax_uS", m.gMax);
  set("decay", m.decay);
  set("const", m.gain);
  set("vth", m.threshold);
  return m;
}

/// Tags that have spikes in the archive; converters come from the JSON, or from
/// the number in the tag.
Result<std::vector<Tag>> tagsOf(const std::string &file, const Arrays &arrays,
                                const json &root, const Machine &m) {
  std::vector<Tag> tags;
  for (const auto &[name, array] : arrays) {
    if (!name.starts_with("S_"))
      continue;
    if (array.values.size() != size_t(m.steps) * m.neurons)
      return atFile(file, fmt::format("'{}' does not hold {} x {} spikes", name,
                                      m.steps, m.neurons));
    Tag tag{name.substr(2)};
    if (const size_t digit = tag.name.find_first_of("0123456789");
        digit != tag.name.npos)
      tag.bits = static_cast<unsigned>(
          std::strtoul(tag.name.c_str() + digit, nullptr, 10));
    if (root.contains(tag.name) && root[tag.name].is_object()) {
      const json &given = root[tag.name];
      tag.bits = given.value("adc_bits", tag.bits);
      tag.input = given.value("adc_hi_input", tag.input);
      tag.recurrent = given.value("adc_hi_recurrent", tag.recurrent);
    }
    if (tag.bits > 24 ||
        (tag.bits > 0 && !(tag.input > 0 && tag.recurrent > 0)))
      return atFile(file,
                    fmt::format("tag '{}' has converters of {} bits up "
                                "to {} and {}",
                                tag.name, tag.bits, tag.input, tag.recurrent));
    tags.push_back(std::move(tag));
  }
  if (tags.empty())
    return atFile(file, "holds no spikes (S_...)");
  return tags;
}

Result<void> report(const std::string &file) {
  Result<Arrays> arrays = events::readNpz(file);
  if (!arrays)
    return arrays.takeError();
  std::filesystem::path beside(file);
  beside.replace_extension(".json");
  json root = json::object();
  if (std::filesystem::exists(beside)) {
    Result<std::string> text = readFile(beside.string());
    if (!text)
      return text.takeError();
    root = json::parse(*text, nullptr, false);
    if (!root.is_object())
      return atFile(beside.string(), "is not a JSON object");
  }
  Result<Machine> machine = machineOf(file, *arrays, root);
  if (!machine)
    return machine.takeError();
  Result<std::vector<Tag>> tags = tagsOf(file, *arrays, root, *machine);
  if (!tags)
    return tags.takeError();
  nlohmann::ordered_json line;
  line["case"] = std::filesystem::path(file).stem().string();
  line["spikes_wrong"] = nlohmann::ordered_json::object();
  line["max_abs_dv"] = nlohmann::ordered_json::object();
  for (const Tag &tag : *tags) {
    Result<Figures> figures = runTag(*machine, tag, *arrays);
    if (!figures)
      return figures.takeError();
    line["spikes_wrong"][tag.name] = figures->wrong;
    line["max_abs_dv"][tag.name] = figures->voltage;
    fmt::print(stderr, "{:<20} {:<8} {:>8} {:>8} {:>8} {:>12.3g} {:>12.3g}\n",
               line["case"].get<std::string>(), tag.name, figures->spikes,
               figures->wrong,
               figures->first < 0 ? "-" : std::to_string(figures->first),
               figures->voltage, figures->margin);
  }
  printLine(line);
  return {};
}

class LsmMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--lsm", files,
                   "Spikes of a liquid state machine on four arrays beside "
                   "recorded ones")
        ->type_name("FILE.npz");
  }
  bool chosen() const override { return !files.empty(); }
  Result<void> run(const Common &) override {
    fmt::print(stderr, "{:<20} {:<8} {:>8} {:>8} {:>8} {:>12} {:>12}\n",
               "liquid", "tag", "spikes", "wrong", "at step", "max |dV|",
               "margin");
    return forEachFile(files, report);
  }
  Result<void> runRecorded(const Common &common,
                           const std::string &data) override {
    files = filesIn(data + "/rram/crosssim", "c", "lsm.npz");
    return run(common);
  }

private:
  std::vector<std::string> files;
};

} // namespace

std::unique_ptr<Mode> bench::makeLsmMode() {
  return std::make_unique<LsmMode>();
}

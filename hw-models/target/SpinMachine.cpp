#include "hw-models/target/SpinMachine.h"

#include "hw-models/target/Target.h"

#include <cmath>
#include <fmt/format.h>

using namespace limen;
using namespace limen::target;

namespace {

/// Sides of the square that holds a hexagonal 48-chip board, and of the torus
/// that three boards make.
constexpr int boardSide = 8;
constexpr int triadSide = 12;

/// A whole number in [low, high] given as {value, status, source}.
uint64_t whole(YamlMap &map, const char *key, uint64_t low, uint64_t high) {
  const YamlValue value = map.requiredValue(key);
  if (!value)
    return low;
  const double number = value.as<Sourced<double>>().value;
  if (number != std::floor(number) || number < static_cast<double>(low) ||
      number > static_cast<double>(high)) {
    value.fail(
        fmt::format("'{}' is {}; a whole number from {} to {} was wanted", key,
                    formatNumber(number), low, high));
    return low;
  }
  return static_cast<uint64_t>(number);
}

/// A choice given as {value, status, source}; the first of `words` if it is
/// none.
template <typename T>
T readChoice(YamlMap choice,
             std::initializer_list<std::pair<std::string_view, T>> words) {
  T out = words.begin()->second;
  const YamlValue value = choice.requiredValue("value");
  const std::string word =
      value ? value.as<std::string>() : std::string(words.begin()->first);
  bool known = false;
  std::string names;
  for (const auto &[name, meaning] : words) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    if (name != word)
      continue;
    out = meaning;
    known = true;
  }
  if (!known)
    value.fail(
        fmt::format("'{}' is unknown; one of {} was wanted", word, names));
  const YamlValue status = choice.requiredValue("status");
  if (auto parsed = parseStatus(status.scalar()); !parsed && status)
    status.fail(parsed.error().message);
  choice.required<std::string>("source");
  choice.finish();
  return out;
}

/// Triads across and up for `triads` of them, as square as possible.
std::pair<int, int> arrange(int triads) {
  int up = static_cast<int>(std::sqrt(triads));
  while (triads % up != 0)
    --up;
  return {triads / up, up};
}

} // namespace

static SpinCosts readCosts(YamlMap root) {
  SpinCosts costs;
  const auto read = [&](const char *key) {
    return root.required<Sourced<Cycles>>(key);
  };
  costs.tickOverhead = read("tick_overhead");
  costs.inputBuffer = read("input_buffer");
  costs.sourceNeuron = read("source_neuron");
  costs.delayNeuron = read("delay_neuron");
  costs.rowFetch = read("row_fetch");
  costs.rowOverhead = read("row_overhead");
  costs.synapse = read("synapse");
  costs.sendPacket = read("send_packet");
  costs.neuronBase = read("neuron_base");
  costs.add = read("add");
  costs.multiply = read("multiply");
  costs.compare = read("compare");
  costs.select = read("select");
  costs.other = read("other");
  if (root.has("models")) {
    YamlMap models = root.requiredMap("models");
    for (auto &[name, value] : models.entries())
      costs.models[name] = value.as<Sourced<Cycles>>();
  }
  root.finish();
  return costs;
}

static SpinEnergy readEnergy(YamlMap root) {
  SpinEnergy energy;
  energy.activeCycle = root.required<Price>("active_cycle");
  energy.packet = root.required<Price>("packet");
  energy.sdramByte = root.required<Price>("sdram_byte");
  energy.boardIdle = root.required<StaticPower>("board_idle");
  energy.enclosure = root.required<StaticPower>("enclosure");
  root.finish();
  return energy;
}

Result<SpinMachine> SpinMachine::parse(const YamlDocument &document) {
  SpinMachine machine;
  YamlMap root = document.root();
  machine.name = readHeader(root);

  const YamlValue boards = root.requiredValue("boards");
  const uint64_t count = boards.as<uint64_t>();
  if (count != 1 && (count == 0 || count % 3 != 0 || count > 1200))
    boards.fail(fmt::format("'boards' is {}; 1 or a multiple of 3 up to 1200 "
                            "was wanted",
                            count),
                "three 48-chip boards wrap into a torus of 12x12 chips");
  machine.boards = static_cast<unsigned>(count);
  if (count == 1) {
    machine.width = machine.height = boardSide;
  } else if (count % 3 == 0 && count > 0) {
    const auto [across, up] = arrange(static_cast<int>(count / 3));
    machine.width = across * triadSide;
    machine.height = up * triadSide;
    machine.wraps = true;
  }

  YamlMap chip = root.requiredMap("chip");
  const uint64_t cores = whole(chip, "cores", 2, 18);
  const uint64_t monitors = whole(chip, "monitor_cores", 1, 17);
  if (monitors >= cores)
    chip.fail(fmt::format("{} monitor cores leave none of {} cores", monitors,
                          cores));
  machine.coresPerChip = static_cast<unsigned>(cores - monitors);
  machine.itcmBytes = whole(chip, "itcm_bytes", 1, 1u << 30);
  machine.dtcmBytes = whole(chip, "dtcm_bytes", 1, 1u << 30);
  machine.sdramBytes = whole(chip, "sdram_bytes", 1, 1ull << 40);
  machine.routerEntries =
      static_cast<unsigned>(whole(chip, "router_entries", 1, 1u << 20));
  chip.finish();

  YamlMap clocks = root.requiredMap("clocks");
  machine.cpuClock = clocks.required<Sourced<Hertz>>("cpu").value;
  machine.routerClock = clocks.required<Sourced<Hertz>>("router").value;
  machine.tick = clocks.required<Sourced<Seconds>>("timer_tick").value;
  clocks.finish();
  if (!document.firstError() &&
      (machine.cpuClock.value() <= 0 || machine.routerClock.value() <= 0 ||
       machine.tick.value() <= 0))
    clocks.fail("a clock or the timer tick is not above zero");

  YamlMap software = root.requiredMap("software");
  const auto small = [&](const char *key, uint64_t low, uint64_t high) {
    return static_cast<unsigned>(whole(software, key, low, high));
  };
  machine.neuronsPerCore = small("neurons_per_core", 1, 256);
  machine.sourcesPerCore = small("sources_per_core", 1, 65536);
  machine.delaySlots = small("delay_slots", 2, 256);
  machine.ringBufferBits = small("ring_buffer_bits", 2, 16);
  machine.worstCaseBits = small("worst_case_bits", 0, 15);
  machine.expectedActivity =
      software.required<Sourced<double>>("expected_activity").value;
  machine.ringBufferSigma =
      software.required<Sourced<double>>("ring_buffer_sigma").value;
  if (machine.expectedActivity < 0 || machine.ringBufferSigma < 0)
    software.fail("'expected_activity' and 'ring_buffer_sigma' must not be "
                  "negative");
  machine.compressTables =
      readChoice<TableCompression>(software.requiredMap("compress_tables"),
                                   {{"if_needed", TableCompression::IfNeeded},
                                    {"always", TableCompression::Always},
                                    {"never", TableCompression::Never}});
  machine.weightScale =
      readChoice<ScaleRule>(software.requiredMap("weight_scale"),
                            {{"auto", ScaleRule::Auto},
                             {"worst_case", ScaleRule::WorstCase},
                             {"expected", ScaleRule::Expected},
                             {"published", ScaleRule::Published}});
  machine.spikesPerSecond =
      software.required<Sourced<Hertz>>("spikes_per_second").value;
  const auto rounding = [&](const char *key) {
    return readChoice<Rounding>(software.requiredMap(key),
                                {{"down", Rounding::Down},
                                 {"nearest", Rounding::Nearest},
                                 {"toward_zero", Rounding::TowardZero}});
  };
  machine.constantRounding = rounding("constant_rounding");
  machine.productRounding = rounding("product_rounding");
  software.finish();

  machine.costs = readCosts(root.requiredMap("costs"));
  machine.energy = readEnergy(root.requiredMap("energy"));
  root.finish();
  if (auto error = document.firstError())
    return *error;
  return machine;
}

Cycles SpinMachine::tickBudget() const {
  return Cycles(
      static_cast<uint64_t>(std::llround(cpuClock.value() * tick.value())));
}

bool SpinMachine::hasChip(Chip chip) const {
  if (chip.x < 0 || chip.y < 0 || chip.x >= width || chip.y >= height)
    return false;
  // A single board is a hexagon: two corners of the square are missing.
  const int skew = chip.x - chip.y;
  return wraps || (skew >= -3 && skew <= 4);
}

std::vector<Chip> SpinMachine::chips() const {
  std::vector<Chip> out;
  for (int x = 0; x < width; ++x)
    for (int y = 0; y < height; ++y)
      if (hasChip({x, y}))
        out.push_back({x, y});
  return out;
}

bool SpinMachine::neighbour(Chip chip, unsigned link, Chip &out) const {
  out = {chip.x + linkSteps[link].x, chip.y + linkSteps[link].y};
  if (wraps)
    out = {(out.x + width) % width, (out.y + height) % height};
  return hasChip(out);
}

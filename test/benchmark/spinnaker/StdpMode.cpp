#include "test/benchmark/spinnaker/Mode.h"
#include "test/benchmark/spinnaker/StdpExperiment.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace limen;
using namespace limen::bench;

namespace {

/// A row of the recorded metrics.
struct Recorded {
  std::vector<uint32_t> words;
  double factor = 0;
  unsigned counts[4] = {}; ///< TP, FP, TN, FN
};

} // namespace

/// Rows of `file`: words, perhaps their distances, factor, positives,
/// negatives, TP, TN, FP, FN, ...
static Result<std::vector<Recorded>>
readRecorded(const std::string &file, size_t words, size_t distances) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line))
    return Error("cannot be read", Place{file, 0, 0, {}});
  std::vector<Recorded> out;
  for (unsigned number = 2; std::getline(in, line); ++number) {
    std::vector<double> fields;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');)
      fields.push_back(std::strtod(cell.c_str(), nullptr));
    const size_t at = words + distances;
    if (fields.size() < at + 7)
      return Error(fmt::format("has {} columns; at least {} were wanted",
                               fields.size(), at + 7),
                   Place{file, number, 0, {}});
    Recorded row;
    for (size_t i = 0; i < words; ++i)
      row.words.push_back(static_cast<uint32_t>(fields[i]));
    row.factor = fields[at];
    const size_t columns[4] = {at + 3, at + 5, at + 4, at + 6};
    for (size_t i = 0; i < 4; ++i)
      row.counts[i] = static_cast<unsigned>(fields[columns[i]]);
    out.push_back(std::move(row));
  }
  return out;
}

static std::string list(const std::vector<uint32_t> &words) {
  return fmt::format("{}", fmt::join(words, ","));
}

static void printHeader() {
  fmt::print(stderr, "{:<20} {:>10} {:>5} {:>5} {:>5} {:>5} {:>8}\n",
             "spatial STDP", "factor", "TP", "FP", "TN", "FN", "seconds");
}

static void printRow(const std::string &name, std::optional<double> factor,
                     unsigned tp, unsigned fp, unsigned tn, unsigned fn,
                     const std::string &rest) {
  fmt::print(stderr, "{:<20} {:>10} {:>5} {:>5} {:>5} {:>5} {:>8}\n", name,
             factor ? fmt::format("{:.5f}", *factor) : "none", tp, fp, tn, fn,
             rest);
}

static Result<Outcome> measure(const std::vector<uint32_t> &words, double limit,
                               unsigned threads) {
  const auto begin = std::chrono::steady_clock::now();
  auto outcome = runExperiment(words, limit, threads);
  if (!outcome)
    return outcome;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  printRow(list(words), outcome->factor, outcome->truePositives,
           outcome->falsePositives, outcome->trueNegatives,
           outcome->falseNegatives, fmt::format("{:.2f}", seconds));
  nlohmann::ordered_json line;
  line["words"] = words;
  line["hamming"] = nlohmann::json::array();
  for (size_t a = 0; a < words.size(); ++a)
    for (size_t b = a + 1; b < words.size(); ++b)
      line["hamming"].push_back(std::popcount(words[a] ^ words[b]));
  // Without a factor there is nothing to test with.
  const auto known = [&](auto value) {
    return outcome->factor ? nlohmann::json(value) : nlohmann::json();
  };
  line["factor"] = known(outcome->factor.value_or(0));
  line["tp"] = known(outcome->truePositives);
  line["fp"] = known(outcome->falsePositives);
  line["tn"] = known(outcome->trueNegatives);
  line["fn"] = known(outcome->falseNegatives);
  line["seconds"] = seconds;
  printLine(line);
  return outcome;
}

/// Beside the recorded membrane of `file`, in samples.
static Result<void> compareTrace(const std::string &file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line))
    return Error("cannot be read", Place{file, 0, 0, {}});
  auto trained = train(992);
  if (!trained)
    return trained.takeError();
  unsigned equal = 0, all = 0;
  while (std::getline(in, line)) {
    size_t step = 0;
    long value = 0;
    if (std::sscanf(line.c_str(), "%zu,%ld", &step, &value) != 2 ||
        step >= trained->membrane.size())
      return Error(fmt::format("'{}' is no sample of a step below {}", line,
                               trained->membrane.size()),
                   Place{file, 0, 0, {}});
    equal += trained->membrane[step] == value;
    ++all;
  }
  fmt::print(stderr, "{:<20} {} of {} samples equal\n", "  membrane, 992",
             equal, all);
  nlohmann::ordered_json out;
  out["trace"] = file;
  out["samples"] = all;
  out["equal"] = equal;
  printLine(out);
  return {};
}

namespace {

class StdpMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--stdp-spatial", words,
                   "Train these 10-bit code words (1 to 3, as numbers), search "
                   "the homeostasis factor and test all 1024")
        ->delimiter(',')
        ->expected(1, 3)
        ->check(CLI::Range(0u, (1u << codeBits) - 1))
        ->type_name("WORD");
    app.add_option("--stdp-spatial-limit", limit,
                   "Largest homeostasis factor to try for --stdp-spatial")
        ->check(CLI::Range(100.0, 1e9))
        ->capture_default_str();
    app.add_option("--stdp-spatial-trace", traced,
                   "Train this code word; print the membrane of the output "
                   "neuron that learns its 1s, s16.15, by step")
        ->check(CLI::Range(0u, (1u << codeBits) - 1))
        ->type_name("WORD");
  }

  bool chosen() const override { return !words.empty() || traced; }

  Result<void> run(const Common &common) override {
    if (traced) {
      auto trained = train(*traced);
      if (!trained)
        return trained.takeError();
      nlohmann::ordered_json line;
      line["words"] = {*traced};
      line["v_s16_15"] = trained->membrane;
      line["weights_1"] = trained->weights.ones;
      line["weights_0"] = trained->weights.zeros;
      printLine(line);
    }
    if (words.empty())
      return {};
    printHeader();
    auto done = measure(words, limit, common.threads);
    if (!done)
      return done.takeError();
    return {};
  }

  Result<void> runRecorded(const Common &common,
                           const std::string &data) override {
    const std::string folder = data + "/spinnaker/stdp_spatial/";
    if (!std::filesystem::exists(folder)) {
      fmt::print(stderr, "  {} is not there\n", folder);
      return {};
    }
    printHeader();
    for (const auto &[name, count, distances] :
         {std::tuple("one_pattern.csv", 1, 0),
          std::tuple("two_patterns.csv", 2, 1)}) {
      auto rows = readRecorded(folder + name, count, distances);
      if (!rows)
        return rows.takeError();
      for (const Recorded &row : *rows) {
        auto outcome = measure(row.words, usualLimit, common.threads);
        if (!outcome)
          return outcome.takeError();
        printRow("  recorded", row.factor, row.counts[0], row.counts[1],
                 row.counts[2], row.counts[3], "");
      }
    }
    return compareTrace(folder + "recorded_exc_v_s16_15.csv");
  }

private:
  std::vector<uint32_t> words;
  double limit = usualLimit;
  std::optional<uint32_t> traced;
};

} // namespace

std::unique_ptr<Mode> limen::bench::makeStdpMode() {
  return std::make_unique<StdpMode>();
}

#include "compiler/Mapping/Annealing.h"
#include "test/benchmark/spinnaker/Mode.h"
#include "test/benchmark/spinnaker/NetlistFile.h"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace limen;
using namespace limen::bench;
using namespace limen::mapping;

namespace {

/// What came of a netlist.
struct Figures {
  HopCost curve, placed;
  AnnealReport search;
  double seconds = 0; ///< placement, routing and proofs, without reading
};

/// Recorded files and the published hop costs of 993 annealing runs on a mesh
/// of 13 x 13 chips (J. Heathcote, PhD thesis).
struct Recorded {
  const char *file;
  double median, least;
};
constexpr Recorded recorded[] = {
    {"spinnaker/placement/card_sorting.json", 65058, 64163},
    {"spinnaker/placement/sudoku.json", 2.187e6, 2.005e6},
    {"spinnaker/placement/microcircuit.json", 24.16e6, 22.81e6},
};

/// Steps of the search per unit of --effort: two to five seconds of one core.
constexpr double stepsOfEffort = 3e9;

class NetlistMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--netlist", files,
                   "Place and route netlists (JSON with vertices_resources and "
                   "nets) and prove the result")
        ->type_name("FILE");
    app.add_option("--mesh", mesh, "Chips across and up for --netlist")
        ->type_name("WxH")
        ->capture_default_str();
    app.add_flag("--wrap", wraps, "The mesh of --netlist is a torus");
    app.add_option("--chip-cores", cores, "Cores per chip for --netlist")
        ->check(CLI::Range(1u, 65535u))
        ->capture_default_str();
    app.add_option("--chip-sdram", sdram, "Bytes per chip for --netlist")
        ->capture_default_str();
    app.add_option("--placer", placer, "Placer for --netlist")
        ->check(CLI::IsMember({"annealing", "hilbert"}))
        ->capture_default_str();
    app.add_option("--effort", effort,
                   "Work of annealing for --netlist; 1 is a few seconds")
        ->check(CLI::Range(0.0, 1000.0))
        ->capture_default_str();
  }

  bool chosen() const override { return !files.empty(); }

  Result<void> run(const Common &common) override {
    printHeader();
    return forEachFile(files, [&](const std::string &file) {
      return measure(file, common, nullptr);
    });
  }

  Result<void> runRecorded(const Common &common,
                           const std::string &data) override {
    printHeader();
    return forEachRecorded(recorded, data,
                           [&](const std::string &file, const Recorded &known) {
                             return measure(file, common, &known);
                           });
  }

private:
  static void printHeader() {
    fmt::print(stderr, "{:<24} {:>8} {:>7} {:>12} {:>12} {:>12} {:>8}\n",
               "netlists", "vertices", "nets", "curve", "hop cost",
               "worst chip", "seconds");
  }

  static Result<HopCost> route(const Netlist &netlist, const ChipGrid &grid,
                               const ChipAssignment &assignment) {
    if (auto fine = verify(netlist, grid, assignment); !fine)
      return fine.takeError();
    auto trees = routeNets(netlist, grid, assignment);
    if (!trees)
      return trees.takeError();
    if (auto fine = verify(netlist, grid, assignment, *trees); !fine)
      return fine.takeError();
    return hopCost(netlist, grid, *trees);
  }

  Result<Figures> solve(const Netlist &netlist, const ChipGrid &grid,
                        uint64_t seed) const {
    const auto begin = std::chrono::steady_clock::now();
    Figures figures;
    auto assignment = placeAlongCurve(netlist, grid);
    if (!assignment)
      return assignment.takeError();
    auto cost = route(netlist, grid, *assignment);
    if (!cost)
      return cost.takeError();
    figures.curve = figures.placed = *cost;
    if (placer == "annealing") {
      const auto work = static_cast<uint64_t>(effort * stepsOfEffort);
      *assignment =
          anneal(netlist, grid, *assignment, {seed, work}, &figures.search);
      cost = route(netlist, grid, *assignment);
      if (!cost)
        return cost.takeError();
      figures.placed = *cost;
    }
    figures.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count();
    return figures;
  }

  Result<void> measure(const std::string &file, const Common &common,
                       const Recorded *published) const {
    auto size = parseMesh(mesh);
    if (!size)
      return size.takeError();
    auto netlist = readNetlist(file);
    if (!netlist)
      return netlist.takeError();
    const ChipGrid grid =
        ChipGrid::uniform(size->x, size->y, wraps, cores, sdram);
    auto figures = solve(*netlist, grid, common.seed);
    if (!figures) {
      Error error = figures.takeError();
      error.place.file = file;
      return error;
    }
    fmt::print(
        stderr, "{:<24} {:>8} {:>7} {:>12.0f} {:>12.0f} {:>12.0f} {:>8.2f}\n",
        std::filesystem::path(file).filename().string(),
        netlist->vertices.size(), netlist->nets.size(), figures->curve.total,
        figures->placed.total, figures->placed.worstChip, figures->seconds);
    if (published)
      fmt::print(stderr, "{:<24} {:>8} {:>7} {:>12} {:>12.0f}\n",
                 "  published median", "", "", "", published->median);
    if (published)
      fmt::print(stderr, "{:<24} {:>8} {:>7} {:>12} {:>12.0f}\n",
                 "  published least", "", "", "", published->least);
    nlohmann::ordered_json line;
    line["file"] = file;
    line["vertices"] = netlist->vertices.size();
    line["nets"] = netlist->nets.size();
    line["mesh"] = mesh;
    line["wrap"] = wraps;
    line["placer"] = placer;
    line["seed"] = common.seed;
    line["hop_cost"] = figures->placed.total;
    line["worst_chip"] = figures->placed.worstChip;
    line["curve_hop_cost"] = figures->curve.total;
    line["moves"] = figures->search.moves;
    line["seconds"] = figures->seconds;
    fmt::print("{}\n", line.dump(-1, ' ', false,
                                 nlohmann::json::error_handler_t::replace));
    std::fflush(stdout);
    return {};
  }

  std::vector<std::string> files;
  std::string mesh = "13x13", placer = "annealing";
  bool wraps = false;
  unsigned cores = 16;
  uint64_t sdram = uint64_t(128) << 20;
  double effort = 1;
};

} // namespace

std::unique_ptr<Mode> limen::bench::makeNetlistMode() {
  return std::make_unique<NetlistMode>();
}

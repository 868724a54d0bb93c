#include "test/benchmark/spinnaker/Mode.h"
#include "test/benchmark/spinnaker/TableFiles.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

using namespace limen;
using namespace limen::bench;

namespace {

/// What came of a file's tables.
struct Figures {
  size_t tables = 0, before = 0, after = 0, largestBefore = 0, largest = 0;
  double seconds = 0; ///< compression and proof, without reading
  std::optional<Error> unproved;
};

/// Recorded files and the best published sizes of their tables.
struct Recorded {
  const char *file;
  size_t total, largest;
  const char *method;
};
constexpr Recorded recorded[] = {
    {"spinnaker/routing_tables/hpsr_gaussian_xyp.bin.gz", 130324, 960,
     "order-exploiting espresso"},
    {"spinnaker/routing_tables/pacman_many_to_one.json.gz", 2503, 906,
     "ordered pairs"},
};

} // namespace

static Figures compress(const std::vector<ChipTable> &tables,
                        unsigned threads) {
  Figures figures;
  figures.tables = tables.size();
  std::vector<size_t> sizes(tables.size());
  std::vector<std::optional<Error>> errors(tables.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i; (i = next++) < tables.size();) {
      const auto compressed = mapping::compressTable(tables[i].lines);
      sizes[i] = compressed.size();
      if (auto proof = mapping::verifyTable(tables[i].lines, compressed);
          !proof)
        errors[i] = proof.takeError();
    }
  };
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> others;
    for (unsigned t = 1; t < threads; ++t)
      others.emplace_back(work);
    work();
  }
  figures.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  for (size_t i = 0; i < tables.size(); ++i) {
    figures.before += tables[i].lines.size();
    figures.largestBefore =
        std::max(figures.largestBefore, tables[i].lines.size());
    figures.after += sizes[i];
    figures.largest = std::max(figures.largest, sizes[i]);
    if (errors[i] && !figures.unproved)
      figures.unproved = std::move(errors[i])->note(
          fmt::format("the table is that of chip ({}, {})", tables[i].chip.x,
                      tables[i].chip.y));
  }
  return figures;
}

static void print(const std::string &file, const Figures &figures,
                  const Recorded *published) {
  fmt::print(stderr, "{:<28} {:>7} {:>9} {:>9} {:>9} {:>9} {:>8.2f}  {}\n",
             std::filesystem::path(file).filename().string(), figures.tables,
             figures.before, figures.after, figures.largestBefore,
             figures.largest, figures.seconds,
             figures.unproved ? "NOT PROVED" : "proved");
  if (published)
    fmt::print(stderr, "{:<28} {:>7} {:>9} {:>9} {:>9} {:>9}\n",
               fmt::format("  {}", published->method), "", "", published->total,
               "", published->largest);
  if (figures.unproved)
    fmt::print(stderr, "{}\n", figures.unproved->text());
  nlohmann::ordered_json line;
  line["file"] = file;
  line["entries_before"] = figures.before;
  line["entries_after"] = figures.after;
  line["largest_after"] = figures.largest;
  line["seconds"] = figures.seconds;
  line["equivalent"] = !figures.unproved;
  fmt::print("{}\n", line.dump(-1, ' ', false,
                               nlohmann::json::error_handler_t::replace));
  std::fflush(stdout);
}

static Result<void> measure(const std::string &file, const Common &common,
                            const Recorded *published) {
  auto tables = readTables(file);
  if (!tables)
    return tables.takeError();
  print(file, compress(*tables, common.threads), published);
  return {};
}

static void printHeader() {
  fmt::print(stderr, "{:<28} {:>7} {:>9} {:>9} {:>9} {:>9} {:>8}\n",
             "routing tables", "tables", "entries", "after", "largest", "after",
             "seconds");
}

namespace {

class TablesMode : public Mode {
public:
  void addOptions(CLI::App &app) override {
    app.add_option("--tables", files,
                   "Compress routing tables (HPSR binary, PACMAN JSON or CSV, "
                   "each also .gz) and prove them equivalent")
        ->type_name("FILE");
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
  std::vector<std::string> files;
};

} // namespace

std::unique_ptr<Mode> limen::bench::makeTablesMode() {
  return std::make_unique<TablesMode>();
}

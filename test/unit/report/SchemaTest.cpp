// docs/report.md and the reports themselves list the same keys.

#include "test/unit/report/FakeEngine.h"

#include "hw-models/base/Files.h"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace limen;
using Json = nlohmann::ordered_json;

using Keys = std::map<std::string, std::set<std::string>>;

static bool isQuantity(const Json &value) {
  return value.is_object() && value.size() == 2 && value.contains("value") &&
         value.contains("unit");
}

static std::string typeOf(const Json &value) {
  if (isQuantity(value))
    return "quantity " + value["unit"].get<std::string>();
  if (value.is_string())
    return "string";
  if (value.is_boolean())
    return "bool";
  return value.is_null() ? "null" : "number";
}

/// Every path of `value` with the types found there.
static void collect(const Json &value, const std::string &path, Keys &keys) {
  const bool free = path == "versions" || path.ends_with("population_spikes");
  if (isQuantity(value) || !value.is_structured()) {
    keys[path].insert(typeOf(value));
  } else if (value.is_object()) {
    for (const auto &[name, item] : value.items())
      collect(item, (path.empty() ? "" : path + ".") + (free ? "*" : name),
              keys);
  } else {
    if (!value.empty() && !value.front().is_structured())
      keys[path].insert("list");
    for (const Json &item : value) {
      if (item.is_structured())
        collect(item, path + "[]", keys);
      else
        keys[path].insert("list of " + typeOf(item));
    }
  }
}

static Keys keysOfReports() {
  report::Comparison comparison;
  comparison.against = "host float32";
  comparison.populations = {{"a", 1, 2}};
  Keys keys;
  for (const report::Report &r : {test::makeReport(false, std::nullopt),
                                  test::makeReport(true, comparison)})
    collect(Json::parse(report::toJson(r)), "", keys);
  return keys;
}

/// The rows "| `key` | type | ..." of the page.
static std::map<std::string, std::string> documented() {
  Result<std::string> page =
      readFile(std::string(LIMEN_SOURCE_DIR) + "/docs/report.md");
  EXPECT_TRUE(page) << page.error().text();
  std::map<std::string, std::string> out;
  std::istringstream lines(*page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `"))
      continue;
    const size_t end = line.find('`', 3);
    const size_t type = line.find("| ", end) + 2;
    out[line.substr(3, end - 3)] =
        line.substr(type, line.find(" |", type) - type);
  }
  return out;
}

TEST(ReportSchema, EveryKeyOfAReportIsDocumented) {
  const auto pages = documented();
  for (const auto &[key, types] : keysOfReports())
    EXPECT_TRUE(pages.contains(key)) << key << " is missing in docs/report.md";
}

TEST(ReportSchema, EveryDocumentedKeyExists) {
  const Keys keys = keysOfReports();
  for (const auto &[key, type] : documented())
    EXPECT_TRUE(keys.contains(key)) << key << " is in no report";
}

TEST(ReportSchema, TypesAndUnitsAreTheDocumentedOnes) {
  const auto pages = documented();
  for (const auto &[key, types] : keysOfReports()) {
    if (!pages.contains(key))
      continue;
    const std::string &wanted = pages.at(key);
    for (const std::string &type : types) {
      if (type.starts_with("quantity")) {
        // "quantity J or W": one unit of the list.
        const std::string unit = type.substr(9);
        std::istringstream words(wanted);
        std::set<std::string> allowed{std::istream_iterator<std::string>(words),
                                      {}};
        EXPECT_TRUE(wanted.starts_with("quantity") && allowed.contains(unit))
            << key << " is a " << type << ", documented as " << wanted;
      } else {
        EXPECT_NE(wanted.find(type), std::string::npos)
            << key << " is a " << type << ", documented as " << wanted;
      }
    }
  }
}

TEST(ReportSchema, TheVersionIsTheDocumentedOne) {
  Result<std::string> page =
      readFile(std::string(LIMEN_SOURCE_DIR) + "/docs/report.md");
  ASSERT_TRUE(page);
  EXPECT_NE(page->find("`limen.report` version " +
                       std::to_string(report::schemaVersion)),
            std::string::npos);
}

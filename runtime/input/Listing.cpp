#include "runtime/input/Listing.h"

#include "hw-models/base/Files.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fnmatch.h>
#include <map>
#include <optional>

using namespace limen;
using namespace limen::input;

namespace fs = std::filesystem;

static std::optional<int> wholeNumber(std::string_view text) {
  int value = 0;
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// 2 before 10: by number where names are numbers, else by name.
static bool before(const std::string &a, const std::string &b) {
  const std::optional<int> x = wholeNumber(a), y = wholeNumber(b);
  if (x && y && *x != *y)
    return *x < *y;
  return a < b;
}

/// Lines "sample class" after a header line that starts with '#'.
static Result<std::map<std::string, int>> readLabels(const std::string &file) {
  Result<std::string> text = readFile(file);
  if (!text)
    return text.takeError();
  std::map<std::string, int> labels;
  unsigned line = 0;
  for (size_t start = 0; start < text->size();) {
    const size_t end = std::min(text->find('\n', start), text->size());
    std::string_view row(text->data() + start, end - start);
    start = end + 1;
    ++line;
    while (!row.empty() && (row.back() == '\r' || row.back() == ' '))
      row.remove_suffix(1);
    if (row.empty() || row.front() == '#')
      continue;
    const size_t gap = row.find_first_of(" \t,");
    const size_t value =
        gap == row.npos ? row.npos : row.find_first_not_of(" \t,", gap);
    const std::optional<int> label =
        value == row.npos ? std::nullopt : wholeNumber(row.substr(value));
    if (!label || *label < 0)
      return Error("a line 'sample class' was wanted",
                   Place{file, line, 1, {}});
    labels[std::string(row.substr(0, gap))] = *label;
  }
  return labels;
}

static Result<void> labelByFile(Listing &listing, const std::string &file) {
  Result<std::map<std::string, int>> labels = readLabels(file);
  if (!labels)
    return labels.takeError();
  for (Entry &entry : listing.entries) {
    auto it = labels->find(entry.id);
    if (it == labels->end())
      return Error(fmt::format("has no label for sample '{}'", entry.id),
                   Place{file, 0, 0, {}});
    entry.label = it->second;
  }
  return {};
}

/// The number before the first '_' of a name.
static Result<void> labelByName(Listing &listing) {
  for (Entry &entry : listing.entries) {
    const std::string name = fs::path(entry.file).stem().string();
    const std::optional<int> label =
        wholeNumber(std::string_view(name).substr(0, name.find('_')));
    if (!label || *label < 0)
      return Error("labels=name: the name does not begin with a class and '_'",
                   Place{entry.file, 0, 0, {}});
    entry.label = *label;
  }
  listing.notes.push_back("the class is the number that a file's name begins "
                          "with");
  return {};
}

/// Folders that are all numbers are those classes, others are numbered.
static void labelByFolder(Listing &listing,
                          const std::vector<std::string> &folders) {
  const bool numbers =
      std::all_of(folders.begin(), folders.end(), [](const std::string &name) {
        return wholeNumber(name).value_or(-1) >= 0;
      });
  std::string text;
  for (size_t i = 0; i < folders.size(); ++i) {
    const int label = numbers ? *wholeNumber(folders[i]) : static_cast<int>(i);
    for (Entry &entry : listing.entries)
      if (entry.id.starts_with(folders[i] + "/"))
        entry.label = label;
    text += fmt::format("{}{} {}", i ? ", " : "", label, folders[i]);
  }
  listing.notes.push_back("classes are folders: " + text);
}

Result<Listing> input::listFiles(const std::string &path,
                                 const ListOptions &options) {
  const Place place{path, 0, 0, {}};
  std::error_code status;
  if (!fs::exists(path, status))
    return Error("no such file or folder", place);
  Listing listing;
  std::vector<std::string> folders;
  if (!fs::is_directory(path, status)) {
    listing.entries.push_back({path, fs::path(path).stem().string(), -1});
  } else {
    auto collect = [&](const fs::path &folder, const std::string &prefix) {
      for (const auto &entry : fs::directory_iterator(folder, status)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory(status) || !options.wants(name) ||
            (!options.match.empty() &&
             fnmatch(options.match.c_str(), name.c_str(), 0) != 0))
          continue;
        listing.entries.push_back(
            {entry.path().string(), prefix + entry.path().stem().string(), -1});
      }
    };
    collect(path, "");
    if (listing.entries.empty() || options.labels == "folder") {
      for (const auto &entry : fs::directory_iterator(path, status))
        if (entry.is_directory(status))
          folders.push_back(entry.path().filename().string());
      std::sort(folders.begin(), folders.end(), before);
      for (const std::string &folder : folders)
        collect(fs::path(path) / folder, folder + "/");
    }
    if (listing.entries.empty())
      return Error("holds no file of this data set", place)
          .note(options.match.empty()
                    ? "match=GLOB takes files with other endings"
                    : "files must match " + options.match);
  }
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const Entry &a, const Entry &b) { return before(a.id, b.id); });

  Result<void> labelled;
  if (options.labels == "name")
    labelled = labelByName(listing);
  else if (options.labels == "folder" ||
           (options.labels.empty() && !folders.empty())) {
    if (folders.empty())
      return Error("labels=folder: a folder with a folder of each class was "
                   "wanted",
                   place);
    labelByFolder(listing, folders);
  } else if (!options.labels.empty() && options.labels != "none")
    labelled = labelByFile(listing, options.labels);
  if (!labelled)
    return labelled.takeError();
  return listing;
}

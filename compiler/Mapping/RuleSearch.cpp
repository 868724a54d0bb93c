#include "compiler/Mapping/RuleSearch.h"

#include "compiler/Mapping/KeyIndex.h"
#include "hw-models/base/Random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

using namespace limen;
using namespace limen::mapping;

namespace {

/// A stream of draws.
class Draws {
public:
  explicit Draws(uint64_t seed) : stream(seed, Purpose::TableSearch, 0) {}

  uint32_t word() {
    if (used == 4) {
      words = stream.words(counter++);
      used = 0;
    }
    return words[used++];
  }
  /// Uniform in [0, n).
  uint32_t below(size_t n) {
    return static_cast<uint32_t>(uint64_t(word()) * n >> 32);
  }

private:
  RandomStream stream;
  std::array<uint32_t, 4> words{};
  uint64_t counter = 0;
  unsigned used = 4;
};

/// Indices below n with constant-time insertion, removal and choice.
class IndexSet {
public:
  explicit IndexSet(size_t n = 0) : place(n, none) {}
  bool has(uint32_t i) const { return place[i] != none; }
  size_t size() const { return items.size(); }
  bool empty() const { return items.empty(); }
  uint32_t operator[](size_t i) const { return items[i]; }
  auto begin() const { return items.begin(); }
  auto end() const { return items.end(); }
  void grow(size_t n) { place.resize(n, none); }
  void set(uint32_t i, bool present) {
    if (present == has(i))
      return;
    if (present) {
      place[i] = static_cast<uint32_t>(items.size());
      items.push_back(i);
    } else {
      place[items.back()] = place[i];
      items[place[i]] = items.back();
      items.pop_back();
      place[i] = none;
    }
  }

private:
  static constexpr uint32_t none = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> items, place;
};

std::vector<KeyCube> cubesOf(std::span<const ColouredKeys> sets) {
  std::vector<KeyCube> cubes;
  for (const ColouredKeys &set : sets)
    cubes.push_back(set.cube);
  return cubes;
}

/// Lists of rules and what changing one costs.
class Search {
public:
  Search(std::span<const ColouredKeys> sets, uint64_t seed)
      : sets(sets), index(cubesOf(sets)), draws(seed), covers(sets.size()),
        wrong(sets.size()) {
    uint32_t colours = 0;
    for (const ColouredKeys &set : sets)
      colours = std::max(colours, set.colour + 1);
    members.resize(colours);
    std::vector<bool> needed(colours, false);
    for (uint32_t k = 0; k < sets.size(); ++k) {
      members[sets[k].colour].push_back(k);
      wrong.set(k, !sets[k].defaultable);
      if (!sets[k].defaultable)
        needed[sets[k].colour] = true;
    }
    fewest =
        static_cast<size_t>(std::count(needed.begin(), needed.end(), true));
    bestLines = lines();
  }

  void anneal(uint64_t budget);
  RuleList result() const;

private:
  /// Places in the list are numbers; a rule goes between two others by taking a
  /// number between theirs.
  using Place = uint64_t;
  static constexpr Place spacing = Place(1) << 36;
  static constexpr Place bottom = std::numeric_limits<Place>::max();

  struct Placed {
    Rule rule;
    Place place = 0;
  };
  /// A rule that meets a set: decides it, rightly if `serves`, when it is the
  /// first of the set's covers.
  struct Cover {
    Place place;
    uint32_t rule : 31;
    uint32_t serves : 1;
    bool operator<(const Cover &o) const {
      return place != o.place ? place < o.place : rule < o.rule;
    }
  };
  struct Insertion {
    int change = 0; ///< of the number of lines
    Place place = 0;
  };

  size_t lines() const { return active.size() + wrong.size(); }
  bool isRight(uint32_t k) const {
    return covers[k].empty() ? sets[k].defaultable : covers[k][0].serves;
  }

  void findMet(const Rule &rule, std::vector<uint32_t> &met);
  std::optional<Insertion> bestPlace(const Rule &rule,
                                     const std::vector<uint32_t> &met);
  uint32_t insert(const Rule &rule, Place place,
                  const std::vector<uint32_t> &met);
  int removalChange(uint32_t id, const std::vector<uint32_t> &met) const;
  void remove(uint32_t id, const std::vector<uint32_t> &met);
  void renumber();
  void keepBest();

  bool accepts(int change) {
    if (change <= 0)
      return true;
    return static_cast<size_t>(change) < chances.size() &&
           draws.word() < chances[static_cast<size_t>(change)];
  }
  void setTemperature(double temperature);
  uint32_t nearMember(uint32_t colour, KeyCube cube);
  void tryPair();
  void tryRemoval(uint32_t id);
  void tryChange(uint32_t id);

  std::span<const ColouredKeys> sets;
  KeyIndex index;
  Draws draws;
  std::vector<std::vector<uint32_t>> members; ///< sets by colour
  std::vector<Placed> pool;                   ///< rules by id
  std::vector<uint32_t> freeIds;
  IndexSet active;                        ///< ids in use
  std::vector<std::vector<Cover>> covers; ///< per set, first match first
  IndexSet wrong;                         ///< exceptions
  std::array<uint32_t, 6> chances{};      ///< of 2^32, by change of lines
  bool crowded = false;                   ///< two places have none between
  uint64_t spent = 0;
  size_t fewest = 0; ///< a line per colour that has sets that need one
  size_t bestLines = 0;
  std::vector<Placed> best;
  std::vector<uint32_t> met, metAfter, served; // scratch
  struct Step {
    Place place;
    int change;
  };
  std::vector<Step> steps; // scratch
};

} // namespace

/// The sets that `rule` would decide if it came first.
void Search::findMet(const Rule &rule, std::vector<uint32_t> &met) {
  met.clear();
  spent += index.find(rule.cube, met);
  // A set of the rule's own colour is served whole or left alone.
  std::erase_if(met, [&](uint32_t k) {
    return sets[k].colour == rule.colour &&
           (rule.cube.mask & ~sets[k].cube.mask) != 0;
  });
}

/// The place where `rule` costs least, one line for itself included.
std::optional<Search::Insertion>
Search::bestPlace(const Rule &rule, const std::vector<uint32_t> &met) {
  steps.clear();
  for (uint32_t k : met) {
    const int change = static_cast<int>(isRight(k)) -
                       static_cast<int>(sets[k].colour == rule.colour);
    steps.push_back({covers[k].empty() ? bottom : covers[k][0].place, change});
  }
  spent += 20 * steps.size();
  std::sort(steps.begin(), steps.end(),
            [](const Step &a, const Step &b) { return a.place > b.place; });
  // Above `high`, the rule decides every set whose first cover is at `high` or
  // below.
  Insertion insertion{std::numeric_limits<int>::max(), 0};
  Place low = 0, high = 0;
  int change = 1;
  for (size_t i = 0; i < steps.size();) {
    const Place place = steps[i].place;
    for (; i < steps.size() && steps[i].place == place; ++i)
      change += steps[i].change;
    if (change < insertion.change ||
        (change == insertion.change && draws.below(2))) {
      insertion.change = change;
      high = place;
      low = i < steps.size() ? steps[i].place : 0;
    }
  }
  if (high == 0)
    return std::nullopt;
  if (high == bottom) {
    for (uint32_t id : active)
      low = std::max(low, pool[id].place);
    high = low + spacing;
  }
  if (high - low < 4 || high > bottom / 2) {
    crowded = true;
    return std::nullopt;
  }
  const uint64_t wide =
      uint64_t(draws.word()) * std::min<Place>(high - low - 2, spacing) >> 32;
  insertion.place = low + 1 + wide;
  return insertion;
}

uint32_t Search::insert(const Rule &rule, Place place,
                        const std::vector<uint32_t> &met) {
  uint32_t id;
  if (freeIds.empty()) {
    id = static_cast<uint32_t>(pool.size());
    pool.emplace_back();
    active.grow(pool.size());
  } else {
    id = freeIds.back();
    freeIds.pop_back();
  }
  pool[id] = {rule, place};
  active.set(id, true);
  for (uint32_t k : met) {
    const Cover cover{place, id, sets[k].colour == rule.colour};
    auto &list = covers[k];
    const auto at = std::lower_bound(list.begin(), list.end(), cover);
    spent += 10 + list.size() / 4;
    if (at == list.begin())
      wrong.set(k, !cover.serves);
    list.insert(at, cover);
  }
  return id;
}

int Search::removalChange(uint32_t id, const std::vector<uint32_t> &met) const {
  int change = -1;
  for (uint32_t k : met)
    if (covers[k][0].rule == id) {
      const bool after =
          covers[k].size() > 1 ? covers[k][1].serves : sets[k].defaultable;
      change += static_cast<int>(covers[k][0].serves) - static_cast<int>(after);
    }
  return change;
}

void Search::remove(uint32_t id, const std::vector<uint32_t> &met) {
  for (uint32_t k : met) {
    auto &list = covers[k];
    const auto at = std::lower_bound(list.begin(), list.end(),
                                     Cover{pool[id].place, id, 0});
    const bool first = at == list.begin();
    list.erase(at);
    spent += 10 + list.size() / 4;
    if (first)
      wrong.set(k, !isRight(k));
  }
  active.set(id, false);
  freeIds.push_back(id);
}

void Search::renumber() {
  std::vector<uint32_t> order(active.begin(), active.end());
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return pool[a].place != pool[b].place ? pool[a].place < pool[b].place
                                          : a < b;
  });
  Place place = 0;
  for (uint32_t id : order)
    pool[id].place = place += spacing;
  for (auto &list : covers) {
    for (Cover &cover : list)
      cover.place = pool[cover.rule].place;
    spent += 2 + list.size();
  }
  crowded = false;
}

void Search::keepBest() {
  if (lines() >= bestLines)
    return;
  bestLines = lines();
  best.clear();
  for (uint32_t id : active)
    best.push_back(pool[id]);
  spent += best.size();
}

void Search::setTemperature(double temperature) {
  for (size_t change = 1; change < chances.size(); ++change)
    chances[change] = static_cast<uint32_t>(
        std::exp(-static_cast<double>(change) / temperature) * 4294967295.0);
}

/// A set of `colour` close to `cube`: of a few drawn ones that which leaves the
/// joint cube most fixed bits, exceptions first.
uint32_t Search::nearMember(uint32_t colour, KeyCube cube) {
  const std::vector<uint32_t> &all = members[colour];
  uint32_t best = 0;
  int most = -1;
  unsigned tries = 1u << draws.below(6);
  spent += 8 * tries;
  for (; tries; --tries) {
    const uint32_t k = all[draws.below(all.size())];
    const int bits =
        fixedBits(join(cube, sets[k].cube)) + (wrong.has(k) ? 1 : 0);
    if (bits > most && !contains(cube, sets[k].cube)) {
      most = bits;
      best = k;
    }
  }
  return most < 0 ? all[draws.below(all.size())] : best;
}

/// A rule for two sets of a colour.
void Search::tryPair() {
  const uint32_t a = !wrong.empty() && draws.below(4) != 0
                         ? wrong[draws.below(wrong.size())]
                         : draws.below(sets.size());
  const uint32_t colour = sets[a].colour;
  const uint32_t b = nearMember(colour, sets[a].cube);
  if (a == b)
    return;
  const Rule rule{join(sets[a].cube, sets[b].cube), colour};
  findMet(rule, met);
  const auto insertion = bestPlace(rule, met);
  if (insertion && accepts(insertion->change))
    insert(rule, insertion->place, met);
}

void Search::tryRemoval(uint32_t id) {
  findMet(pool[id].rule, met);
  if (accepts(removalChange(id, met)))
    remove(id, met);
}

/// Another cube for a rule, and its best place: the sets that it serves and one
/// more, or one less, or the same ones.
void Search::tryChange(uint32_t id) {
  const Placed old = pool[id];
  findMet(old.rule, met);
  served.clear();
  for (uint32_t k : met)
    if (covers[k][0].rule == id && covers[k][0].serves)
      served.push_back(k);
  if (served.empty())
    return tryRemoval(id);
  const uint32_t kind = draws.below(40);
  if (kind < 7 && served.size() > 2) {
    served[draws.below(served.size())] = served.back();
    served.pop_back();
  }
  KeyCube cube = sets[served[0]].cube;
  for (uint32_t k : served)
    cube = join(cube, sets[k].cube);
  if (kind >= 15)
    cube = join(cube, sets[nearMember(old.rule.colour, cube)].cube);

  const int gone = removalChange(id, met);
  remove(id, met);
  const Rule rule{cube, old.rule.colour};
  findMet(rule, metAfter);
  const auto insertion = bestPlace(rule, metAfter);
  if (insertion && accepts(gone + insertion->change))
    insert(rule, insertion->place, metAfter);
  else if (gone > 0)
    insert(old.rule, old.place, met);
}

void Search::anneal(uint64_t budget) {
  if (sets.empty())
    return;
  // Hot enough to give up a line now and then, at the end hardly ever.
  constexpr double hot = 0.25, cold = 0.1;
  constexpr unsigned stages = 64;
  for (unsigned stage = 0; stage < stages; ++stage) {
    setTemperature(hot * std::pow(cold / hot, stage / double(stages - 1)));
    while (spent < budget / stages * (stage + 1) && bestLines > fewest) {
      spent += 150;
      if (crowded)
        renumber();
      const uint32_t kind = draws.below(20);
      if (active.empty() || kind < 10)
        tryPair();
      else if (kind < 11)
        tryRemoval(active[draws.below(active.size())]);
      else
        tryChange(active[draws.below(active.size())]);
      keepBest();
    }
  }
}

/// The best list, each rule as small as what it decides allows. A smaller rule
/// takes no set from its own colour, so the list never grows.
RuleList Search::result() const {
  RuleList list;
  std::vector<Placed> order = best;
  std::stable_sort(
      order.begin(), order.end(),
      [](const Placed &a, const Placed &b) { return a.place < b.place; });
  for (const Placed &placed : order)
    list.rules.push_back(placed.rule);
  for (bool changed = true; changed;) {
    changed = false;
    list.exceptions.clear();
    std::vector<std::vector<uint32_t>> serves(list.rules.size());
    for (uint32_t k = 0; k < sets.size(); ++k) {
      const auto decides = [&](const Rule &rule) {
        return rule.colour == sets[k].colour
                   ? contains(rule.cube, sets[k].cube)
                   : intersect(rule.cube, sets[k].cube);
      };
      const auto first =
          std::find_if(list.rules.begin(), list.rules.end(), decides);
      if (first == list.rules.end() ? !sets[k].defaultable
                                    : first->colour != sets[k].colour)
        list.exceptions.push_back(k);
      else if (first != list.rules.end())
        serves[static_cast<size_t>(first - list.rules.begin())].push_back(k);
    }
    std::vector<Rule> smaller;
    for (size_t r = 0; r < list.rules.size(); ++r) {
      // One set alone is as short as an exception.
      if (serves[r].size() < 2) {
        changed = true;
        continue;
      }
      Rule rule{sets[serves[r][0]].cube, list.rules[r].colour};
      for (uint32_t k : serves[r])
        rule.cube = join(rule.cube, sets[k].cube);
      changed |= rule.cube != list.rules[r].cube;
      smaller.push_back(rule);
    }
    if (changed)
      list.rules = std::move(smaller);
  }
  return list;
}

RuleList limen::mapping::searchRules(std::span<const ColouredKeys> sets,
                                     uint64_t work, uint64_t seed) {
  Search search(sets, seed);
  search.anneal(work);
  return search.result();
}

// Temperature falls geometrically from a part of the spread of costs to a part
// of the cost of a net, each with an equal share of the work; the greatest
// distance of moves shrinks or grows with the share of accepted ones as in VPR
// (Betz and Rose), which keeps it near 0.44. The last share of work is spent at
// zero.
//
// A net costs its weight times the chips of its tree, by the algorithm that
// routes it in the end, so that the cost is the routed one but for detours
// around what is dead.
#include "compiler/Mapping/Annealing.h"

#include "hw-models/base/Random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

using namespace limen;
using namespace limen::mapping;

namespace {

/// The first temperature, as a part of the root mean square change of cost by a
/// move; the last, as a part of the cost of a mean net. Found by trial on nets
/// of one sink, of twenty and of a hundred: higher ones waste time, lower ones
/// keep what the curve left.
constexpr double startFactor = 0.15, endFactor = 0.001;
constexpr unsigned temperatures = 100;

struct Cluster {
  uint64_t cores = 0, sdram = 0;
  std::vector<unsigned> sends;  ///< bundles that it is the source of
  std::vector<unsigned> single; ///< bundles that it is the only sink of
  std::vector<unsigned> groups; ///< that it is a member of
};

/// Clusters that are the sinks of one or more bundles, and their chips. Many
/// bundles share a group where populations talk to populations.
struct Group {
  std::vector<unsigned> members; ///< ascending
  std::vector<unsigned> bundles;
  std::vector<int> chips;       ///< each once, in no order
  std::vector<unsigned> counts; ///< members on each
};

/// A net between clusters; nets of equal ends are one.
struct Bundle {
  unsigned source = 0;
  int sink = -1;  ///< the only sink, or
  int group = -1; ///< the group of all sinks, which may contain the source
  double weight = 0;
};

/// A cluster that a proposal takes to another chip.
struct Shift {
  unsigned cluster;
  int from, to;
};

class Annealer {
public:
  Annealer(const Netlist &netlist, const ChipGrid &grid,
           const ChipAssignment &start, const AnnealOptions &options);
  ChipAssignment run(AnnealReport &report);

private:
  bool propose();
  bool exchange(unsigned a, int to);
  int targetOf(unsigned a);
  unsigned partnerOf(unsigned a) const;
  double evaluate();
  double costOf(unsigned bundle, const std::vector<int> &where);
  void note(unsigned bundle, double now, double &delta);
  void makeBundles(const Netlist &netlist);
  void makeGroups(const std::vector<std::vector<unsigned>> &sinks);
  void shiftMembers(bool forward);
  void enter(unsigned group, int chip);
  void leave(unsigned group, int chip);
  void apply();
  void remember();
  void retract();
  double batch(double temperature, uint64_t until);
  double spread();
  uint64_t spent() const { return work + router.steps(); }

  static uint32_t below(uint32_t word, size_t count) {
    return static_cast<uint32_t>(uint64_t(word) * count >> 32);
  }

  const ChipGrid &grid;
  const AnnealOptions &options;
  const std::vector<unsigned> clusterOf;
  std::vector<Cluster> clusters;
  std::vector<Bundle> bundles;
  std::vector<Group> groups;
  std::vector<unsigned> movable; ///< clusters that are part of a bundle

  std::vector<int> chipOf, next, best;   ///< per cluster
  std::vector<std::vector<unsigned>> on; ///< per chip: its clusters
  std::vector<uint64_t> freeCores, freeSdram;
  std::vector<int> chips; ///< with cores
  std::vector<double> netCost;
  double cost = 0, bestCost = 0;

  NetRouter router;
  RandomStream random;
  std::array<uint32_t, 4> words = {}, more = {}; ///< draws of a proposal
  uint64_t counter = 0;

  double distanceLimit = 0;
  std::vector<Shift> shifts;
  std::vector<std::pair<unsigned, double>> changes; ///< bundle, new cost
  std::vector<unsigned> changed;         ///< groups whose set of chips changes
  std::vector<uint64_t> seen, seenGroup; ///< per bundle and group, a stamp
  uint64_t stamp = 0;
  /// Per chip, the size of the tree from there to the group being valued.
  std::vector<uint64_t> sizeStamp;
  std::vector<unsigned> treeSize;
  uint64_t sizesOf = 0;

  uint64_t work = 0, tried = 0, accepted = 0;
};

} // namespace

Annealer::Annealer(const Netlist &netlist, const ChipGrid &grid,
                   const ChipAssignment &start, const AnnealOptions &options)
    : grid(grid), options(options), clusterOf(clustersOf(netlist)),
      on(static_cast<size_t>(grid.size())),
      freeCores(grid.cores.begin(), grid.cores.end()), freeSdram(grid.sdram),
      chips(hilbertOrder(grid)), router(grid),
      random(options.seed, Purpose::Placement, 0) {
  for (size_t v = 0; v < clusterOf.size(); ++v) {
    const unsigned c = clusterOf[v];
    if (c >= clusters.size()) {
      clusters.resize(c + 1);
      chipOf.push_back(start[v]);
      on[static_cast<size_t>(start[v])].push_back(c);
    }
    clusters[c].cores += netlist.vertices[v].cores;
    clusters[c].sdram += netlist.vertices[v].sdram;
  }
  for (size_t c = 0; c < clusters.size(); ++c) {
    freeCores[static_cast<size_t>(chipOf[c])] -= clusters[c].cores;
    freeSdram[static_cast<size_t>(chipOf[c])] -= clusters[c].sdram;
  }
  makeBundles(netlist);
  for (unsigned c = 0; c < clusters.size(); ++c)
    if (!clusters[c].sends.empty() || !clusters[c].single.empty() ||
        !clusters[c].groups.empty())
      movable.push_back(c);
  next = best = chipOf;
  seen.assign(bundles.size(), 0);
  seenGroup.assign(groups.size(), 0);
  sizeStamp.assign(static_cast<size_t>(grid.size()), 0);
  treeSize.assign(static_cast<size_t>(grid.size()), 0);
  for (unsigned n = 0; n < bundles.size(); ++n) {
    netCost.push_back(costOf(n, chipOf));
    cost += netCost.back();
  }
  bestCost = cost;
}

void Annealer::makeBundles(const Netlist &netlist) {
  std::map<std::pair<unsigned, std::vector<unsigned>>, unsigned> known;
  std::vector<std::vector<unsigned>> sinksOf;
  for (const Net &net : netlist.nets) {
    const unsigned source = clusterOf[net.source];
    std::vector<unsigned> sinks;
    for (unsigned sink : net.sinks)
      if (clusterOf[sink] != source)
        sinks.push_back(clusterOf[sink]);
    std::sort(sinks.begin(), sinks.end());
    sinks.erase(std::unique(sinks.begin(), sinks.end()), sinks.end());
    const auto [at, fresh] = known.try_emplace(
        {source, sinks}, static_cast<unsigned>(bundles.size()));
    if (fresh) {
      bundles.push_back({source, -1, -1, 0});
      sinksOf.push_back(std::move(sinks));
    }
    bundles[at->second].weight += net.weight;
  }
  makeGroups(sinksOf);
  for (unsigned n = 0; n < bundles.size(); ++n) {
    if (sinksOf[n].empty())
      continue;
    clusters[bundles[n].source].sends.push_back(n);
    if (bundles[n].sink >= 0)
      clusters[static_cast<size_t>(bundles[n].sink)].single.push_back(n);
  }
  for (unsigned g = 0; g < groups.size(); ++g)
    for (unsigned member : groups[g].members) {
      clusters[member].groups.push_back(g);
      enter(g, chipOf[member]);
    }
}

/// Gives every bundle of several sinks a group. The source may be a member or
/// not, as its chip is in the tree anyway: what more bundles share is taken.
void Annealer::makeGroups(const std::vector<std::vector<unsigned>> &sinks) {
  const auto withSource = [&](size_t n) {
    std::vector<unsigned> all = sinks[n];
    all.insert(std::lower_bound(all.begin(), all.end(), bundles[n].source),
               bundles[n].source);
    return all;
  };
  std::map<std::vector<unsigned>, unsigned> uses, numbers;
  for (size_t n = 0; n < sinks.size(); ++n)
    if (sinks[n].size() > 1) {
      ++uses[sinks[n]];
      ++uses[withSource(n)];
    }
  for (size_t n = 0; n < sinks.size(); ++n) {
    if (sinks[n].size() == 1)
      bundles[n].sink = static_cast<int>(sinks[n].front());
    if (sinks[n].size() < 2)
      continue;
    std::vector<unsigned> members = withSource(n);
    if (uses[members] <= uses[sinks[n]])
      members = sinks[n];
    const auto [at, fresh] =
        numbers.try_emplace(members, static_cast<unsigned>(groups.size()));
    if (fresh)
      groups.push_back({std::move(members), {}, {}, {}});
    bundles[n].group = static_cast<int>(at->second);
    groups[at->second].bundles.push_back(static_cast<unsigned>(n));
  }
}

/// The cost of a bundle with its source at `where`; groups are where they are.
double Annealer::costOf(unsigned n, const std::vector<int> &where) {
  const Bundle &bundle = bundles[n];
  const int source = where[bundle.source];
  work += 10;
  if (bundle.sink >= 0)
    return bundle.weight *
           (1 + grid.distance(source, where[static_cast<size_t>(bundle.sink)]));
  if (bundle.group < 0)
    return bundle.weight;
  return bundle.weight *
         router.estimate(source,
                         groups[static_cast<size_t>(bundle.group)].chips);
}

/// A member of the group comes to `chip`.
void Annealer::enter(unsigned g, int chip) {
  Group &group = groups[g];
  const auto at = std::find(group.chips.begin(), group.chips.end(), chip);
  work += 8 + group.chips.size() / 4;
  if (at != group.chips.end()) {
    ++group.counts[static_cast<size_t>(at - group.chips.begin())];
    return;
  }
  group.chips.push_back(chip);
  group.counts.push_back(1);
  changed.push_back(g);
}

/// A member of the group goes from `chip`.
void Annealer::leave(unsigned g, int chip) {
  Group &group = groups[g];
  const auto at = static_cast<size_t>(
      std::find(group.chips.begin(), group.chips.end(), chip) -
      group.chips.begin());
  work += 8 + group.chips.size() / 4;
  if (--group.counts[at] > 0)
    return;
  group.chips[at] = group.chips.back();
  group.counts[at] = group.counts.back();
  group.chips.pop_back();
  group.counts.pop_back();
  changed.push_back(g);
}

/// Moves the shifted clusters within their groups, or back. All enter before
/// any leaves: `changed` then gets only groups whose chips really change.
void Annealer::shiftMembers(bool forward) {
  changed.clear();
  for (const Shift &shift : shifts)
    for (unsigned g : clusters[shift.cluster].groups)
      enter(g, forward ? shift.to : shift.from);
  for (const Shift &shift : shifts)
    for (unsigned g : clusters[shift.cluster].groups)
      leave(g, forward ? shift.from : shift.to);
}

/// Notes a bundle's new cost, once per proposal.
void Annealer::note(unsigned n, double now, double &delta) {
  if (seen[n] == stamp || now == netCost[n])
    return;
  seen[n] = stamp;
  delta += now - netCost[n];
  changes.emplace_back(n, now);
}

/// The change of cost by `shifts`, which are made in `next` and in the groups;
/// fills `changes`.
double Annealer::evaluate() {
  for (const Shift &shift : shifts)
    next[shift.cluster] = shift.to;
  shiftMembers(true);
  changes.clear();
  ++stamp;
  double delta = 0;
  for (unsigned g : changed) {
    if (seenGroup[g] == stamp)
      continue;
    seenGroup[g] = stamp;
    const Group &group = groups[g];
    ++sizesOf;
    for (unsigned n : group.bundles) {
      // Trees from one chip are alike.
      const auto source = static_cast<size_t>(next[bundles[n].source]);
      work += 8;
      if (sizeStamp[source] != sizesOf) {
        sizeStamp[source] = sizesOf;
        treeSize[source] =
            router.estimate(next[bundles[n].source], group.chips);
      }
      note(n, bundles[n].weight * treeSize[source], delta);
    }
  }
  for (const Shift &shift : shifts) {
    for (unsigned n : clusters[shift.cluster].sends)
      if (bundles[n].group < 0 ||
          seenGroup[static_cast<size_t>(bundles[n].group)] != stamp)
        note(n, costOf(n, next), delta);
    for (unsigned n : clusters[shift.cluster].single)
      note(n, costOf(n, next), delta);
  }
  return delta;
}

void Annealer::apply() {
  for (auto [n, changed] : changes)
    netCost[n] = changed;
  for (const Shift &shift : shifts) {
    const auto from = static_cast<size_t>(shift.from),
               to = static_cast<size_t>(shift.to);
    std::vector<unsigned> &list = on[from];
    *std::find(list.begin(), list.end(), shift.cluster) = list.back();
    list.pop_back();
    on[to].push_back(shift.cluster);
    const Cluster &cluster = clusters[shift.cluster];
    freeCores[from] += cluster.cores;
    freeSdram[from] += cluster.sdram;
    freeCores[to] -= cluster.cores;
    freeSdram[to] -= cluster.sdram;
    chipOf[shift.cluster] = shift.to;
  }
}

/// A cluster that `a` sends to or receives from.
unsigned Annealer::partnerOf(unsigned a) const {
  const Cluster &cluster = clusters[a];
  const std::array<const std::vector<unsigned> *, 3> lists = {
      &cluster.sends, &cluster.single, &cluster.groups};
  size_t pick =
      below(more[0], lists[0]->size() + lists[1]->size() + lists[2]->size());
  size_t list = 0;
  while (pick >= lists[list]->size())
    pick -= lists[list++]->size();
  const unsigned item = (*lists[list])[pick];
  if (list == 1)
    return bundles[item].source;
  if (list == 0 && bundles[item].sink >= 0)
    return static_cast<unsigned>(bundles[item].sink);
  const Group &group =
      groups[list == 0 ? static_cast<size_t>(bundles[item].group) : item];
  // Members and sources of a group may stay together alike.
  const size_t one =
      below(more[1], group.members.size() + (list == 2) * group.bundles.size());
  return one < group.members.size()
             ? group.members[one]
             : bundles[group.bundles[one - group.members.size()]].source;
}

/// A chip for cluster `a`: near one that it talks to, or anywhere within the
/// limit of distance.
int Annealer::targetOf(unsigned a) {
  const int from = chipOf[a];
  int centre = from;
  double reach = distanceLimit;
  if (words[1] & 1) {
    const unsigned partner = partnerOf(a);
    centre = chipOf[partner];
    reach = 1;
  }
  const auto side = static_cast<int>(reach);
  const auto offset = [side](uint32_t word) {
    return static_cast<int>(below(word, static_cast<size_t>(2 * side + 1))) -
           side;
  };
  const target::Chip at = grid.chipOf(centre);
  target::Chip to = {at.x + offset(more[2]), at.y + offset(more[3])};
  if (grid.wraps)
    to = {(to.x % grid.width + grid.width) % grid.width,
          (to.y % grid.height + grid.height) % grid.height};
  if (to.x < 0 || to.y < 0 || to.x >= grid.width || to.y >= grid.height)
    return -1;
  return grid.indexOf(to);
}

/// Makes room for `a` on chip `to` by sending clusters from there back. False
/// if it does not fit.
bool Annealer::exchange(unsigned a, int to) {
  const int from = chipOf[a];
  const auto f = static_cast<size_t>(from), t = static_cast<size_t>(to);
  const Cluster &moved = clusters[a];
  shifts.clear();
  shifts.push_back({a, from, to});
  uint64_t cores = freeCores[t], sdram = freeSdram[t];
  uint64_t backCores = freeCores[f] + moved.cores,
           backSdram = freeSdram[f] + moved.sdram;
  const std::vector<unsigned> &there = on[t];
  // A swap even where there is room, now and then: it keeps loads as they are.
  bool force = !there.empty() && (words[1] >> 1 & 3) == 0;
  size_t at = there.empty() ? 0 : below(words[2], there.size());
  for (size_t i = 0; i < there.size(); ++i) {
    if (moved.cores <= cores && moved.sdram <= sdram && !force)
      break;
    force = false;
    const unsigned other = there[at];
    at = at + 1 == there.size() ? 0 : at + 1;
    const Cluster &sent = clusters[other];
    if (sent.cores > backCores || sent.sdram > backSdram)
      continue;
    backCores -= sent.cores;
    backSdram -= sent.sdram;
    cores += sent.cores;
    sdram += sent.sdram;
    shifts.push_back({other, to, from});
  }
  return moved.cores <= cores && moved.sdram <= sdram;
}

/// Fills `shifts`; false where the draw makes no move.
bool Annealer::propose() {
  words = random.words(counter, 0);
  more = random.words(counter, 1);
  ++counter;
  work += 60;
  const unsigned a = movable[below(words[0], movable.size())];
  const int to = targetOf(a);
  if (to < 0 || to == chipOf[a] || grid.cores[static_cast<size_t>(to)] == 0)
    return false;
  return exchange(a, to);
}

/// Undoes what `evaluate` did.
void Annealer::retract() {
  for (const Shift &shift : shifts)
    next[shift.cluster] = shift.from;
  shiftMembers(false);
}

/// Copying the placement is dear, so only the end of a batch may be the best.
void Annealer::remember() {
  if (cost < bestCost) {
    bestCost = cost;
    best = chipOf;
  }
}

/// Tries proposals until `until` steps are spent; returns the share of accepted
/// ones among those that change the cost.
double Annealer::batch(double temperature, uint64_t until) {
  double taken = 0, counted = 0;
  while (spent() < until) {
    if (!propose())
      continue;
    ++tried;
    const double delta = evaluate();
    counted += delta != 0;
    const double uniform = (words[3] + 0.5) * 0x1p-32; // in (0, 1)
    if (delta <= 0 || std::log(uniform) * temperature < -delta) {
      apply();
      cost += delta;
      ++accepted;
      taken += delta != 0;
    } else {
      retract();
    }
  }
  return taken / std::max(counted, 1.0);
}

/// Root mean square change of cost over proposals that change it; they are not
/// made. Takes a tenth of the work at most.
double Annealer::spread() {
  constexpr int samples = 500;
  double squares = 0, count = 0;
  const uint64_t until = spent() + options.work / 10;
  for (int i = 0; i < samples && spent() < until; ++i) {
    if (!propose())
      continue;
    const double delta = evaluate();
    retract();
    squares += delta * delta;
    count += delta != 0;
  }
  return std::sqrt(squares / std::max(count, 1.0));
}

ChipAssignment Annealer::run(AnnealReport &report) {
  report.before = cost;
  if (!movable.empty() && chips.size() > 1) {
    const double side = std::max(grid.width, grid.height);
    distanceLimit = side;
    double temperature = startFactor * spread();
    const double coldest =
        endFactor * cost / static_cast<double>(bundles.size());
    const double ratio = std::pow(std::min(1.0, coldest / temperature),
                                  1.0 / (temperatures - 1));
    const uint64_t first = spent();
    const uint64_t each =
        (options.work - std::min(first, options.work)) / (temperatures + 1);
    for (unsigned t = 0; t < temperatures && temperature > 0; ++t) {
      const double rate = batch(temperature, first + (t + 1) * each);
      remember();
      temperature *= ratio;
      distanceLimit = std::clamp(distanceLimit * (1 - 0.44 + rate), 1.0, side);
    }
    batch(0, options.work);
    remember();
  }
  report.after = bestCost;
  report.moves = tried;
  report.accepted = accepted;
  report.work = spent();
  ChipAssignment out;
  for (unsigned c : clusterOf)
    out.push_back(best[c]);
  return out;
}

ChipAssignment limen::mapping::anneal(const Netlist &netlist,
                                      const ChipGrid &grid,
                                      const ChipAssignment &start,
                                      const AnnealOptions &options,
                                      AnnealReport *report) {
  AnnealReport local;
  return Annealer(netlist, grid, start, options).run(report ? *report : local);
}

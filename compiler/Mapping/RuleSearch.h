// A search for short decision lists over sets of keys.
//
// The list has rules, tried in order: the first one whose cube holds a packet's
// key decides its colour. A key set that the rules get wrong is an exception:
// it becomes a line of its own above all rules, where it does no harm. So the
// length of a table is the number of rules plus the number of key sets that
// they misclassify, and rules may be as coarse as they like. Keys that belong
// to no set do not matter.
//
// The search is simulated annealing over lists of rules. Inserting a rule is
// judged at every place of the list at once: it changes only the key sets in
// its cube, and each of them only above the rule that decides it now.
#pragma once

#include "compiler/Mapping/KeyCube.h"

#include <span>
#include <vector>

namespace limen::mapping {

/// A set of keys that must get `colour`, or may get none if `defaultable`. Sets
/// of different colours must not intersect.
struct ColouredKeys {
  KeyCube cube;
  uint32_t colour = 0; ///< small numbers from 0
  bool defaultable = false;
};

struct Rule {
  KeyCube cube;
  uint32_t colour = 0;
};

struct RuleList {
  std::vector<Rule> rules;          ///< the first match decides
  std::vector<uint32_t> exceptions; ///< sets that need a line above the rules
  size_t lines() const { return rules.size() + exceptions.size(); }
};

/// The shortest list found with `work` elementary steps (a nanosecond or two
/// each); fewer when the list has a line per colour, which no list can beat.
/// The result depends on the arguments only.
RuleList searchRules(std::span<const ColouredKeys> sets, uint64_t work,
                     uint64_t seed);

} // namespace limen::mapping

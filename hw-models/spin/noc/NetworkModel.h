// The state of a Network, for the files that implement it.
//
// An arbiter is looked at in the cycles in which it moves a packet: whatever
// gives it a packet or room puts it on a list for the next cycle. What becomes
// due after a fixed time (links, pipelines, cores, time-outs) stands in one
// queue per such time, which is in order by itself.
//
// A cycle, all decided on the state at its start:
//   1. timers: links' heads that may leave, pipelines' heads, time-outs
//   2. heads of pipelines leave, packets move on through the trees, local
//      packets enter
//   3. serial links between boards, links, cores
//   4. room that 2 and 3 made is told to the senders
#pragma once

#include "hw-models/spin/noc/Network.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <utility>

namespace limen::spin::noc {

namespace model {

constexpr Time never = ~Time(0);
constexpr unsigned maxBuffer = 4, maxChannelBuffer = 64, maxStages = 16;
constexpr unsigned links = 6, outputs = 24, localPorts = outputs - links;
constexpr size_t linkStep = 8; ///< between the numbers of chips' links

constexpr uint32_t outputBits = (1u << outputs) - 1;
constexpr uint32_t longBit = 1u << 31; ///< of a route: it has a payload

/// An array of fixed size that does not check indices: it is read a hundred
/// times per packet and router.
template <typename T> class Table {
public:
  explicit Table(size_t size = 0)
      : owner(size ? new T[size]() : nullptr), items(owner.get()) {}
  T &operator[](size_t k) { return items[k]; }
  const T &operator[](size_t k) const { return items[k]; }

private:
  std::unique_ptr<T[]> owner;
  T *items;
};

/// The buffers of a chip's tree, as a heap: buffer k is filled by arbiter k
/// from the buffers 2k + 1 and 2k + 2.
enum Buffer : unsigned {
  Root = 0,
  Middle = 1,
  Leaf = 3,
  Injection = 6,
  Input = 7,
  Buffers = 13
};
constexpr unsigned arbiters = 6;
/// Where the packets of a link arrive: {E, S}, {NE, N}, {W, SW}.
constexpr unsigned inputOf[links] = {7, 9, 10, 11, 12, 8};

/// The arbiters of a chip.
struct Tree {
  uint32_t turn = 0;   ///< by arbiter: its second input goes first
  uint32_t listed = 0; ///< by arbiter, for entering and for admitting: it is
                       ///< on a list
  uint16_t count[Buffers + 1] = {};   ///< packets of the buffers
  uint32_t slots[maxBuffer][Buffers]; ///< their first packets, second...

  void put(unsigned buffer, uint32_t packet) {
    slots[count[buffer]++][buffer] = packet;
  }
  uint32_t take(unsigned buffer) {
    const uint32_t out = slots[0][buffer];
    slots[0][buffer] = slots[1][buffer]; // with one packet: not looked at
    if (--count[buffer] > 1) [[unlikely]]
      for (unsigned k = 2; k < maxBuffer; ++k)
        slots[k - 1][buffer] = slots[k][buffer];
    return out;
  }
};
constexpr unsigned entering = arbiters, admitting = arbiters + 1;

/// Chips or arbiters (8 * chip + arbiter) to look at in this and the next
/// cycle.
class List {
public:
  explicit List(size_t chips) : now(chips + 1), next(chips + 1) {}
  /// For the next cycle, if `wanted`.
  void add(size_t who, bool wanted) {
    next[added] = static_cast<uint32_t>(who);
    added += wanted;
  }
  void addNow(size_t who) { now[due++] = static_cast<uint32_t>(who); }
  void turn() {
    std::swap(now, next);
    due = std::exchange(added, 0);
  }
  template <typename Act> void forEach(Act act) {
    for (size_t k = 0; k < due; ++k)
      act(now[k]);
    due = 0;
  }
  bool empty() const { return added == 0; }

private:
  Table<uint32_t> now, next;
  size_t due = 0, added = 0;
};

struct Stage {
  uint32_t packet = 0, route = 0;
  Time entered = 0;
};

/// The pipeline and the outputs of a chip.
struct Node {
  Time headTime = 0;              ///< since when the head could leave
  uint32_t first = 0, stages = 0; ///< of the pipeline
  uint32_t full = 0;              ///< outputs that are full
  bool blocked = false;           ///< the head waits for an output
  bool offered = false; ///< the first waiting packet of a core may enter
  bool reinjecting = false;
  // By link.
  uint32_t ready = 0;               ///< its head has been on it long enough
  uint32_t linkRoom = 0x3f;         ///< its far end has room
  uint32_t board = 0;               ///< it leads to another board
  uint8_t queued[links] = {};       ///< packets in its output buffer
  uint32_t queue[maxBuffer][links]; ///< their first ones, second...
  Stage pipe[maxStages];

  Stage &head() { return pipe[first]; }
};

struct Pending {
  Packet packet;
  Time time;
};

/// Of a chip, what is seldom touched.
struct Edge {
  std::deque<Pending> pending;
  std::deque<Packet> dropped; ///< waiting for reinjection
};

/// Where a link leads, and who sends by it.
struct Wire {
  uint32_t to = 0;     ///< chip, or trunk
  uint32_t chip = 0;   ///< at the far end
  uint8_t input = 0;   ///< of that chip
  uint8_t channel = 0; ///< of the trunk
  bool trunk = false;
};

struct Timer {
  Time time = 0;
  uint32_t who = 0;
};

/// Timers in order of time, in an array that grows.
class Timers {
public:
  bool due(Time now) const { return head != tail && front().time <= now; }
  Time next() const { return head == tail ? never : front().time; }
  const Timer &front() const { return items[head & mask]; }
  void pop() { ++head; }
  void push(Time time, size_t who) {
    if (tail - head > mask)
      grow();
    items[tail++ & mask] = {time, static_cast<uint32_t>(who)};
  }

private:
  void grow() {
    Table<Timer> more(2 * (mask + 1));
    for (size_t k = head; k != tail; ++k)
      more[k & (2 * mask + 1)] = items[k & mask];
    items = std::move(more);
    mask = 2 * mask + 1;
  }
  size_t mask = 63, head = 0, tail = 0;
  Table<Timer> items = Table<Timer>(64);
};

/// A short queue of packets of a trunk.
struct ChannelQueue {
  uint32_t slot[maxChannelBuffer];
  uint8_t head = 0, count = 0;

  uint32_t front() const { return slot[head]; }
  void push(uint32_t packet) {
    slot[(head + count++) % maxChannelBuffer] = packet;
  }
  uint32_t pop() {
    const uint32_t packet = slot[head];
    head = (head + 1) % maxChannelBuffer;
    --count;
    return packet;
  }
};

/// One of the chip links that share a serial link between boards.
struct Channel {
  ChannelQueue tx;
  uint32_t sender = 0; ///< link that fills tx
  // On the way or waiting for the chip at the far end, oldest first.
  ChannelQueue flight;
  Time arrives[maxChannelBuffer];
  uint32_t chip = 0, input = 0;
};

struct Trunk {
  Channel channels[trunkChannels];
  /// When the oldest packet of a channel may enter its chip; never: there is
  /// none.
  Time ready[trunkChannels] = {never, never, never, never,
                               never, never, never, never};
  uint32_t room = (1u << trunkChannels) - 1;   ///< chips that have room
  uint32_t credit = (1u << trunkChannels) - 1; ///< channels that may send more
  uint32_t waiting = 0;                        ///< channels with a packet in tx
  Time freeAt = 0;
  uint64_t packets = 0;
};

/// Calls `act` for the position of every bit.
template <typename Act> void forEachBit(uint64_t bits, Act act) {
  for (; bits; bits &= bits - 1)
    act(static_cast<unsigned>(std::countr_zero(bits)));
}

} // namespace model

/// What is behind a Network. Chips are named by their index; a link by
/// linkStep * chip + link; who is visited by chip, or by chips + trunk.
struct Network::Model {
  using Stage = model::Stage;
  using Node = model::Node;

  Model(const Topology &topology, const Parameters &parameters,
        const Routing &routing, Client &client);

  const Topology &topology;
  const Parameters p;
  const Routing &routing;
  Client &client;
  const size_t chips;

  model::Table<model::Tree> trees;
  /// Whose arbiters move a packet, whose root enters the pipeline, whose local
  /// packets enter.
  model::List moves[model::arbiters], enters, admits;
  model::Table<Node> nodes;
  uint16_t capacity[model::Buffers] = {};
  model::Table<uint32_t> coreSlots; ///< coreBuffer of each core
  model::Table<uint32_t> coreHeld;
  model::Table<uint32_t> ports;    ///< outputs that a chip has
  model::Table<model::Wire> wires; ///< by link
  model::Table<uint32_t> senderOf; ///< by input * chips + chip; see freed
  model::Table<model::Edge> edges;
  model::Table<Counters> counters;
  model::Table<model::Trunk> trunks;
  // Packets inside the network, and where each goes from the chip that it is on
  // or on its way to: outputs and longBit. Buffers hold indices.
  std::vector<Packet> pool;
  std::vector<uint32_t> routes;
  std::vector<uint32_t> spare;

  Time now = 0;
  bool running = false; ///< inside advance()

  /// By trunk or not and payload or not.
  model::Timers linkTimers[4];
  Time linkTimes[4] = {};
  model::Timers pipeTimers, coreTimers, timeouts;
  /// Lists of this or the next cycle: chips whose head leaves, whose head is
  /// ready for the first time; links whose head leaves.
  std::vector<uint32_t> leaving, nextHeads, sending, working;
  std::vector<uint32_t> patient; ///< chips whose head tries emergency routes
  /// Buffers that a packet left in this cycle: their senders, as links or
  /// linkStep * chips + trunk channels.
  model::Table<uint32_t> freed;
  size_t freedCount = 0;
  uint64_t waitingToReinject = 0; ///< packets of all chips

  // Visits by cycle: a ring of bit sets over chips (with packets that may enter
  // from then on) and trunks, and which of them are not empty.
  static constexpr Time horizon = 512;
  size_t words;
  std::vector<uint64_t> visits;
  uint64_t visited[horizon / 64] = {};
  std::vector<uint32_t> dueTrunks;

  void visit(size_t who, Time time) {
    time = std::min(time, now + horizon - 1);
    const Time row = time % horizon;
    visits[row * words + who / 64] |= uint64_t(1) << (who % 64);
    visited[row / 64] |= uint64_t(1) << (row % 64);
  }
  uint32_t keep(const Packet &packet) {
    if (spare.empty()) {
      pool.push_back(packet);
      routes.push_back(0);
      return static_cast<uint32_t>(pool.size() - 1);
    }
    const uint32_t index = spare.back();
    spare.pop_back();
    pool.data()[index] = packet;
    return index;
  }

  /// Looks at an arbiter of the chip in the next cycle, if `wanted`.
  void schedule(size_t chip, model::Tree &tree, unsigned arbiter, bool wanted) {
    wanted &= !(tree.listed >> arbiter & 1);
    listOf(arbiter).add(chip, wanted);
    tree.listed |= uint32_t(wanted) << arbiter;
  }
  model::List &listOf(unsigned arbiter) {
    return arbiter == model::entering    ? enters
           : arbiter == model::admitting ? admits
                                         : moves[arbiter];
  }
  bool hasRoom(const model::Tree &tree, unsigned buffer) const {
    return tree.count[buffer] < capacity[buffer];
  }
  /// Puts a packet into an input; true if that filled it.
  bool arrive(size_t chip, unsigned input, uint32_t packet) {
    model::Tree &tree = trees[chip];
    tree.put(input, packet);
    const unsigned arbiter = (input - 1) / 2;
    schedule(chip, tree, arbiter, hasRoom(tree, arbiter));
    return !hasRoom(tree, input);
  }

  /// The first packet of a link's output buffer begins to leave.
  void startLink(size_t link, const Node &node, uint32_t packet) {
    const unsigned kind = 2 * (node.board >> link % model::linkStep & 1) +
                          (routes.data()[packet] / model::longBit);
    linkTimers[kind].push(now + linkTimes[kind], link);
  }
  /// An output of the chip has room from the next cycle on.
  void outputFreed(size_t chip, Node &node, unsigned port) {
    node.full &= ~(1u << port);
    if (node.blocked && !(node.head().route & node.full)) {
      node.blocked = false;
      leaving.push_back(static_cast<uint32_t>(chip));
    }
  }
  // Network.cpp
  void cycle();
  bool idle() const;
  Time nextEvent() const;
  void startTimers();
  void startVisits();
  void send(size_t link);
  void serveCores();
  void release();
  uint32_t routed(size_t chip, uint32_t packet);

  // Router.cpp
  void readyHead(size_t chip);
  void timeOut();
  bool giveUp(size_t chip);
  template <unsigned Arbiter> void arbitrate();
  void moveAll();
  void leave(size_t chip);
  void nextHead(size_t chip, Node &node);
  void toOutput(size_t chip, Node &node, unsigned port, uint32_t packet);
  void forward(size_t chip, const Stage &head, uint32_t mask, uint32_t detours);
  uint32_t detour(size_t chip, const Stage &head, uint32_t &first) const;
  void enter(size_t chip);
  void drop(size_t chip, uint32_t packet, uint64_t &counter);
  void admit(size_t chip);
  void admitNow(size_t chip);

  // Trunk.cpp
  void stepTrunk(uint32_t trunk);
};

} // namespace limen::spin::noc

#include "hw-models/spin/core/EventChip.h"

#include <cmath>

using namespace limen::spinhw;

EventChip::EventChip(const CoreTiming &timing, unsigned count)
    : timing(timing), cores(count) {}

void EventChip::schedule(unsigned core, Kind kind, uint64_t time) {
  queue.push({time, core, kind, 0, cores[core].sequence++, 0});
}

void EventChip::timer(unsigned core, uint64_t time, uint32_t tick,
                      uint64_t loop) {
  cores[core].timers.push_back({time, loop, tick});
  schedule(core, Timer, time);
}

void EventChip::arrive(unsigned core, const Row &row, uint32_t source,
                       uint32_t sequence) {
  uint32_t at = static_cast<uint32_t>(rows.size());
  if (spare.empty()) {
    rows.push_back(row);
  } else {
    at = spare.back();
    spare.pop_back();
    rows[at] = row;
  }
  queue.push({row.time, core, Arrival, source, sequence, at});
}

void EventChip::advance(uint64_t end) {
  Event event;
  while (queue.pop(end, event))
    handle(event);
}

void EventChip::handle(const Event &event) {
  Core &core = cores[event.core];
  ++handled;
  switch (event.kind) {
  case Timer:
    core.overran = works(event.core, event.time);
    ++core.due;
    if (core.task == Task::None)
      dispatch(event.core, event.time);
    break;
  case DmaDone:
    core.ready = core.moving;
    core.moving.reset();
    if (core.task == Task::None)
      dispatch(event.core, event.time);
    break;
  case TaskDone:
    finishTask(event.core, event.time);
    break;
  case Burst:
    serveBurst(event.core, event.time);
    break;
  case Arrival: {
    const Row row = rows[event.row];
    spare.push_back(event.row);
    core.busy += timing.receive;
    if (core.waiting.size() < timing.buffer)
      core.waiting.push_back(row);
    else
      log.lost.push_back({event.core, row.id, Loss::Buffer});
    if (core.task == Task::None)
      run(event.core, Task::Receive, event.time, timing.receive);
    else
      core.stolen += timing.receive;
    break;
  }
  }
}

bool EventChip::works(unsigned index, uint64_t time) const {
  const Core &core = cores[index];
  return (core.task != Task::None && core.taskEnd + core.stolen > time) ||
         core.due > 0 || core.hasWork || core.moving || core.ready ||
         core.fetched || !core.waiting.empty();
}

void EventChip::run(unsigned index, Task task, uint64_t now, uint64_t cycles) {
  Core &core = cores[index];
  core.task = task;
  core.taskEnd = now + cycles;
  core.stolen = 0;
  schedule(index, TaskDone, core.taskEnd);
}

void EventChip::finishTask(unsigned index, uint64_t now) {
  Core &core = cores[index];
  if (core.stolen > 0) {
    core.taskEnd += core.stolen;
    core.stolen = 0;
    schedule(index, TaskDone, core.taskEnd);
    return;
  }
  if (core.task == Task::Fetch) {
    core.moving = core.fetched;
    core.fetched.reset();
    core.moveStart = now;
    core.moved = 0;
    requestBurst(index, now);
    if (core.hasWork) {
      core.hasWork = false;
      run(index, Task::Work, now, core.nextWork);
      return;
    }
  }
  core.task = Task::None;
  dispatch(index, now);
}

void EventChip::dispatch(unsigned index, uint64_t now) {
  Core &core = cores[index];
  const auto fetch = [&] {
    core.fetched = core.waiting.front();
    core.waiting.pop_front();
    core.busy += timing.fetch;
    run(index, Task::Fetch, now, timing.fetch);
  };
  if (core.due > 0) {
    const Pending pending = core.timers.front();
    core.timers.pop_front();
    --core.due;
    core.tick = pending.tick;
    if (timing.dropLate) {
      for (const Row &row : core.waiting)
        log.lost.push_back({index, row.id, Loss::Late});
      core.waiting.clear();
    }
    core.busy += pending.loop;
    run(index, Task::Loop, now, pending.loop);
  } else if (core.ready) {
    const Row row = *core.ready;
    core.ready.reset();
    log.done.push_back({index, row.id, core.tick});
    core.busy += row.work;
    if (!core.waiting.empty()) {
      core.nextWork = row.work;
      core.hasWork = true;
      fetch();
    } else {
      run(index, Task::Work, now, row.work);
    }
  } else if (!core.moving && !core.waiting.empty()) {
    fetch();
  }
}

void EventChip::requestBurst(unsigned index, uint64_t earliest) {
  const Core &core = cores[index];
  const double paced = static_cast<double>(core.moveStart) + timing.latency +
                       static_cast<double>(core.moved) / timing.coreBytes;
  schedule(index, Burst,
           std::max(earliest, static_cast<uint64_t>(std::ceil(paced))));
}

void EventChip::serveBurst(unsigned index, uint64_t now) {
  Core &core = cores[index];
  const uint32_t bytes =
      std::min(timing.burst, core.moving->bytes - core.moved);
  sdramFree = std::max(sdramFree, static_cast<double>(now)) +
              static_cast<double>(bytes) / timing.chipBytes;
  core.moved += bytes;
  if (core.moved < core.moving->bytes) {
    requestBurst(index, static_cast<uint64_t>(sdramFree));
    return;
  }
  schedule(index, DmaDone,
           std::max(static_cast<uint64_t>(std::floor(sdramFree)),
                    core.moveStart + timing.transfer(core.moving->bytes)));
}

uint64_t EventChip::nextLoop(unsigned index, uint64_t time) const {
  const Core &core = cores[index];
  uint64_t free = core.task == Task::None ? 0 : core.taskEnd + core.stolen;
  if (core.hasWork)
    free += core.nextWork;
  for (const Pending &pending : core.timers)
    free = std::max(free, pending.time) + pending.loop;
  return std::max(free, time);
}

#include "test/unit/snn/ModelSteps.h"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace limen;

double limen::propagator(double dt, double taum, double cm, double tausyn) {
  const double x = -dt / tausyn - -dt / taum;
  return dt * 1000 / cm * std::exp(-dt / taum) *
         (x == 0 ? 1 : std::expm1(x) / x);
}

namespace {

float f(double x) { return static_cast<float>(x); }
float keep(double dt, double tau) { return f(std::exp(-dt / tau)); }
float wholeSteps(double time, double dt) {
  return f(std::ceil(time / dt - 1e-9));
}

/// v after a step and the refractory count `wait`, common to four models.
float fire(float moved, float &v, float &wait, bool above, float reset,
           float refrac) {
  const bool waiting = wait > 0;
  const bool spike = above && !waiting;
  if (!waiting)
    v = moved;
  if (spike)
    v = reset;
  wait = spike ? refrac : std::max(wait - 1.0f, 0.0f);
  return spike;
}

/// What SpiNNaker multiplies a synaptic input by.
float spinnakerGain(double dt, double tau) {
  return f(std::expm1(-dt / tau) / (-dt / tau));
}

/// Conductance neurons of Diehl & Cook; s = v, g_exc, g_inh, [theta,] wait.
float diehlCook(const Parameters &p, std::vector<float> &s,
                const std::vector<float> &x, bool adaptive) {
  const double dt = 5e-4;
  const float ge = s[1] + x[0], gi = s[2] + x[1];
  float &v = s[0], &wait = s.back();
  const float slope = ((f(p.at("v_rest")) - v) + ge * (f(p.at("e_exc")) - v)) +
                      gi * (f(p.at("e_inh")) - v);
  const float moved = v + f(dt / p.at("tau")) * slope;
  float level = f(p.at("v_threshold"));
  if (adaptive) {
    s[3] = keep(dt, p.at("tau_theta")) * s[3];
    level = f(p.at("v_threshold") - p.at("theta_offset")) + s[3];
  }
  const float tested = wait > 0 ? v : moved;
  const float spike = fire(moved, v, wait, tested > level, f(p.at("v_reset")),
                           wholeSteps(p.at("tau_refrac"), dt));
  if (adaptive && spike != 0)
    s[3] = s[3] + f(p.at("theta_plus"));
  s[1] = keep(dt, p.at("tau_ge")) * ge;
  s[2] = keep(dt, p.at("tau_gi")) * gi;
  return spike;
}

float reset(float &v, float threshold, float to) {
  const bool spike = v > threshold;
  if (spike)
    v = to;
  return spike;
}

/// A memory unit of an ELM neuron. The kernel's tanh differs by up to 5 units
/// in the last place, which the leak sums up to less than 6 x 5 x 1.2e-7.
float remember(const Parameters &p, float m, float x, double gain) {
  const float sum = x + f(p.at("bias"));
  const float dm =
      1.7159f * f(std::tanh(static_cast<double>(f(2.0 / 3) * sum)));
  return keep(1e-3, p.at("tau_m")) * m + f(gain) * dm;
}

const std::map<std::string, StepCase> cases = {
    {"lif_exact",
     {1e-3,
      {{"tau", {2e-3, 2e-2}},
       {"r", {0.5, 4}},
       {"v_leak", {-.1, .1}},
       {"v_threshold", {.3, .6}},
       {"v_reset", {-.1, .1}}},
      {{0, 4}},
      0,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        s[0] = s[0] + f(-std::expm1(-1e-3 / p.at("tau"))) *
                          ((f(p.at("v_leak")) - s[0]) + f(p.at("r")) * x[0]);
        return reset(s[0], f(p.at("v_threshold")), f(p.at("v_reset")));
      }}},
    {"lif_tau",
     {1e-3,
      {{"steps", {1.5, 4}}, {"v_threshold", {.3, .6}}},
      {{0, 2}},
      0,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        s[0] = s[0] + f(1 / p.at("steps")) * (x[0] - s[0]);
        return reset(s[0], f(p.at("v_threshold")), 0);
      }}},
    {"diehl_cook_exc",
     {5e-4,
      {{"tau", {.05, .1}},
       {"v_rest", {-66, -64}},
       {"v_reset", {-66, -64}},
       {"v_threshold", {-53, -51}},
       {"e_exc", {-1, 1}},
       {"e_inh", {-101, -99}},
       {"tau_ge", {5e-4, 2e-3}},
       {"tau_gi", {5e-4, 2e-3}},
       {"tau_refrac", {1e-3, 6e-3}},
       {"theta_plus", {.5, 1}},
       {"tau_theta", {.05, .5}},
       {"theta_init", {15, 20}},
       {"theta_offset", {19, 21}}},
      {{0, 30}, {0, 8}},
      0,
      {"v_rest", "0", "0", "theta_init", "0"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        return diehlCook(p, s, x, true);
      }}},
    {"diehl_cook_inh",
     {5e-4,
      {{"tau", {.005, .01}},
       {"v_rest", {-61, -59}},
       {"v_reset", {-46, -44}},
       {"v_threshold", {-41, -39}},
       {"e_exc", {-1, 1}},
       {"e_inh", {-86, -84}},
       {"tau_ge", {5e-4, 2e-3}},
       {"tau_gi", {5e-4, 2e-3}},
       {"tau_refrac", {1e-3, 3e-3}}},
      {{0, 5}, {0, 2}},
      0,
      {"v_rest", "0", "0", "0"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        return diehlCook(p, s, x, false);
      }}},
    {"if_curr_exp",
     {1e-3,
      {{"tau_m", {1e-2, 2e-2}},
       {"cm", {.5, 1}},
       {"v_rest", {-66, -64}},
       {"v_reset", {-71, -69}},
       {"v_thresh", {-51, -49}},
       {"tau_refrac", {0, 4e-3}},
       {"tau_syn_e", {2e-3, 8e-3}},
       {"tau_syn_i", {2e-3, 8e-3}},
       {"i_offset", {0, .2}}},
      {{0, 3}, {-.5, 0}},
      0,
      {"0", "0", "v_rest", "0"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const double dt = 1e-3, tau = p.at("tau_m"), cm = p.at("cm");
        const float ie = s[0] + x[0], ii = s[1] + x[1],
                    rest = f(p.at("v_rest"));
        const float offset =
            f(tau * 1000 / cm * -std::expm1(-dt / tau) * p.at("i_offset"));
        const float moved =
            rest + (((keep(dt, tau) * (s[2] - rest) +
                      f(propagator(dt, tau, cm, p.at("tau_syn_e"))) * ie) +
                     f(propagator(dt, tau, cm, p.at("tau_syn_i"))) * ii) +
                    offset);
        s[0] = keep(dt, p.at("tau_syn_e")) * ie;
        s[1] = keep(dt, p.at("tau_syn_i")) * ii;
        return fire(moved, s[2], s[3], moved >= f(p.at("v_thresh")),
                    f(p.at("v_reset")), wholeSteps(p.at("tau_refrac"), dt));
      }}},
    {"if_cond_exp",
     {1e-3,
      {{"tau_m", {1e-2, 2e-2}},
       {"cm", {.5, 1}},
       {"v_rest", {-66, -64}},
       {"v_reset", {-66, -64}},
       {"v_thresh", {-51, -49}},
       {"tau_refrac", {0, 4e-3}},
       {"tau_syn_e", {2e-3, 8e-3}},
       {"tau_syn_i", {2e-3, 8e-3}},
       {"e_rev_e", {-1, 1}},
       {"e_rev_i", {-71, -69}},
       {"i_offset", {0, .2}}},
      {{0, .08}, {0, .05}},
      0,
      {"0", "0", "v_rest", "0"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const double dt = 1e-3, tau = p.at("tau_m");
        const float ge = s[0] + x[0], gi = s[1] + x[1];
        const float i = (ge * (f(p.at("e_rev_e")) - s[2]) +
                         gi * (f(p.at("e_rev_i")) - s[2])) +
                        f(p.at("i_offset"));
        const float a = f(p.at("v_rest")) + f(tau * 1000 / p.at("cm")) * i;
        const float moved = a - keep(dt, tau) * (a - s[2]);
        s[0] = keep(dt, p.at("tau_syn_e")) * ge;
        s[1] = keep(dt, p.at("tau_syn_i")) * gi;
        return fire(moved, s[2], s[3], moved >= f(p.at("v_thresh")),
                    f(p.at("v_reset")), wholeSteps(p.at("tau_refrac"), dt));
      }}},
    {"spinnaker_if_curr_exp",
     {1e-3,
      {{"tau_m", {1e-2, 2e-2}},
       {"cm", {.5, 1}},
       {"v_rest", {-66, -64}},
       {"v_reset", {-71, -69}},
       {"v_thresh", {-51, -49}},
       {"tau_refrac", {0, 4e-3}},
       {"tau_syn_e", {2e-3, 8e-3}},
       {"tau_syn_i", {2e-3, 8e-3}},
       {"i_offset", {0, .2}}},
      {{0, 3}, {-.5, 0}},
      0,
      {"0", "0", "v_rest", "0"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const double dt = 1e-3, tau = p.at("tau_m");
        s[0] = keep(dt, p.at("tau_syn_e")) * s[0] +
               spinnakerGain(dt, p.at("tau_syn_e")) * x[0];
        s[1] = keep(dt, p.at("tau_syn_i")) * s[1] +
               spinnakerGain(dt, p.at("tau_syn_i")) * -x[1];
        const float i = (s[0] - s[1]) + f(p.at("i_offset"));
        const float a = f(tau * 1000 / p.at("cm")) * i + f(p.at("v_rest"));
        const float moved = a - keep(dt, tau) * (a - s[2]);
        return fire(moved, s[2], s[3], moved >= f(p.at("v_thresh")),
                    f(p.at("v_reset")), wholeSteps(p.at("tau_refrac"), dt));
      }}},
    {"spinnaker_if_cond_exp",
     {1e-3,
      {{"tau_m", {1e-2, 2e-2}},
       {"cm", {.5, 1}},
       {"v_rest", {-66, -64}},
       {"v_reset", {-66, -64}},
       {"v_thresh", {-51, -49}},
       {"tau_refrac", {0, 4e-3}},
       {"tau_syn_e", {2e-3, 8e-3}},
       {"tau_syn_i", {2e-3, 8e-3}},
       {"e_rev_e", {-1, 1}},
       {"e_rev_i", {-71, -69}},
       {"i_offset", {0, .2}}},
      {{0, .08}, {0, .05}},
      0,
      {"0", "0", "v_rest", "0"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const double dt = 1e-3, tau = p.at("tau_m");
        s[0] = keep(dt, p.at("tau_syn_e")) * s[0] +
               spinnakerGain(dt, p.at("tau_syn_e")) * x[0];
        s[1] = keep(dt, p.at("tau_syn_i")) * s[1] +
               spinnakerGain(dt, p.at("tau_syn_i")) * x[1];
        const float i = (s[0] * (f(p.at("e_rev_e")) - s[2]) +
                         s[1] * (f(p.at("e_rev_i")) - s[2])) +
                        f(p.at("i_offset"));
        const float a = f(tau * 1000 / p.at("cm")) * i + f(p.at("v_rest"));
        const float moved = a - keep(dt, tau) * (a - s[2]);
        return fire(moved, s[2], s[3], moved >= f(p.at("v_thresh")),
                    f(p.at("v_reset")), wholeSteps(p.at("tau_refrac"), dt));
      }}},
    {"izhikevich",
     {5e-4,
      {{"a", {.02, .1}},
       {"b", {.2, .25}},
       {"c", {-65, -50}},
       {"d", {2, 8}},
       {"v_threshold", {30, 30}},
       {"i_offset", {3, 6}},
       {"v_init", {-70, -60}},
       {"u_init", {-14, -12}}},
      {{0, 20}},
      0,
      {"v_init", "u_init"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const double h = 5e-4 * 1000;
        const float v = s[0], u = s[1], b = f(p.at("b"));
        const float pre = (f(140 + p.at("i_offset")) + x[0]) - u;
        const float eta = v + f(h * .5) * (pre + (.04f * v + 5.0f) * v);
        const float beta = f(p.at("a") * h * .5) * (b * v - u);
        s[0] = v + f(h) * ((pre - beta) + (.04f * eta + 5.0f) * eta);
        s[1] = u + f(p.at("a") * h) * ((b * eta - u) - beta);
        if (!(s[0] >= f(p.at("v_threshold"))))
          return 0.0f;
        s[0] = f(p.at("c"));
        s[1] = s[1] + f(p.at("d"));
        return 1.0f;
      }}},
    {"izk_curr_exp",
     {1e-3,
      {{"a", {.02, .1}},
       {"b", {.2, .25}},
       {"c", {-65, -50}},
       {"d", {2, 8}},
       {"tau_syn_e", {2e-3, 8e-3}},
       {"tau_syn_i", {2e-3, 8e-3}},
       {"v_threshold", {30, 30}},
       {"i_offset", {3, 6}},
       {"v_init", {-70, -60}},
       {"u_init", {-14, -12}}},
      {{0, 5}, {-3, 0}},
      0,
      {"0", "0", "v_init", "u_init", "1"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const double dt = 1e-3;
        auto gain = [&](const char *name) {
          const double r = -dt / p.at(name);
          return f(std::expm1(r) / r);
        };
        const float ie = s[0] + gain("tau_syn_e") * x[0];
        const float ii = s[1] + gain("tau_syn_i") * x[1];
        const float k = 0.040008544921875f, h = 1.0f * s[4];
        const float v = s[2], u = s[3], b = f(p.at("b"));
        const float pre = (f(140 + p.at("i_offset")) + (ie + ii)) - u;
        const float eta = v + h * .5f * (pre + (k * v + 5.0f) * v);
        const float beta = h * (f(p.at("a") * .5) * (b * v - u));
        s[2] = v + h * ((pre - beta) + (k * eta + 5.0f) * eta);
        s[3] = u + h * (f(p.at("a")) * ((b * eta - u) - beta));
        s[0] = keep(dt, p.at("tau_syn_e")) * ie;
        s[1] = keep(dt, p.at("tau_syn_i")) * ii;
        const bool spike = s[2] >= f(p.at("v_threshold"));
        s[4] = spike ? 1.85f : 1.0f;
        if (!spike)
          return 0.0f;
        s[2] = f(p.at("c"));
        s[3] = s[3] + f(p.at("d"));
        return 1.0f;
      }}},
    {"meta_neuron",
     {1e-3,
      {{"tau", {1e-3, 4e-3}},
       {"theta_v", {-200, -100}},
       {"theta_u", {400, 600}},
       {"theta_r", {.05, .2}},
       {"theta_s", {.01, .05}},
       {"v_threshold", {.4, .6}}},
      {{0, 1.5}},
      0,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const float v = s[0], u = s[1];
        s[0] = v + f(1e-3 / p.at("tau")) * (((v * v - v) - u) + x[0]);
        s[1] =
            u + (f(1e-3 * p.at("theta_v")) * v - f(1e-3 * p.at("theta_u")) * u);
        const float spike =
            reset(s[0], f(p.at("v_threshold")), f(p.at("theta_r")));
        if (spike != 0)
          s[1] = s[1] + f(p.at("theta_s"));
        return spike;
      }}},
    // exp differs by units in the last place, which an upstroke amplifies.
    {"adex",
     {1e-3,
      {{"tau_m", {8e-3, 1.2e-2}},
       {"cm", {.2, .3}},
       {"v_rest", {-71, -69}},
       {"v_reset", {-66, -60}},
       {"v_thresh", {-51, -49}},
       {"delta_t", {1.5, 3}},
       {"v_spike", {-41, -39}},
       {"tau_w", {.03, .15}},
       {"a", {1e-3, 4e-3}},
       {"b", {.02, .08}},
       {"i_offset", {-.1, .1}}},
      {{0, 4}},
      2e-2,
      {"v_rest", "0"},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const auto of = [&](const char *name) { return f(p.at(name)); };
        const float v = s[0], w = s[1];
        const float power =
            f(std::exp(f(1 / p.at("delta_t")) *
                       (std::min(v, of("v_spike")) - of("v_thresh"))));
        const float drive =
            f(p.at("tau_m") * 1e3 / p.at("cm")) * ((x[0] + of("i_offset")) - w);
        const float moved =
            v + f(1e-3 / p.at("tau_m")) *
                    (((of("v_rest") - v) + drive) + of("delta_t") * power);
        s[1] = w + f(1e-3 / p.at("tau_w")) * (of("a") * (v - of("v_rest")) - w);
        const bool spike = moved >= of("v_spike");
        s[0] = spike ? of("v_reset") : moved;
        if (spike)
          s[1] = s[1] + of("b");
        return float(spike);
      }}},
    {"sigmoid_rate",
     {1e-3,
      {{"c", {5, 15}}, {"theta", {-.2, .2}}},
      {{-1, 1}},
      4e-7,
      {},
      [](const auto &p, auto &, const auto &x, const auto &) {
        return f(1 / (1 + std::exp(-p.at("c") * (x[0] - p.at("theta")))));
      }}},
    {"pspm_lif",
     {3e-3,
      {{"rate", {20, 40}}, {"r", {.5e8, 2e8}}, {"v_threshold", {.02, .03}}},
      {{0, .1}, {0, 1e-9}},
      0,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const float drive = x[0] + f(p.at("r")) * x[1];
        const float share = f(p.at("rate") * 3e-3);
        s[0] = s[0] + share * (drive - s[0]);
        return reset(s[0], f(p.at("v_threshold")), share * drive);
      }}},
    {"elm_branch",
     {1e-3,
      {{"tau", {2e-3, 8e-3}}},
      {{0, 1}},
      0,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        return s[0] = keep(1e-3, p.at("tau")) * s[0] + x[0];
      }}},
    {"elm_memory",
     {1e-3,
      {{"tau_m", {1e-3, 1}}, {"lambda", {1, 6}}, {"bias", {-1, 1}}},
      {{-2, 2}},
      4e-6,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        return s[0] = remember(
                   p, s[0], x[0],
                   -std::expm1(-1e-3 / p.at("tau_m") * p.at("lambda")));
      }}},
    {"elm_memory_v1",
     {1e-3,
      {{"tau_m", {1e-3, 1}}, {"lambda", {1, 6}}, {"bias", {-1, 1}}},
      {{-2, 2}},
      4e-6,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        return s[0] = remember(p, s[0], x[0],
                               p.at("lambda") *
                                   -std::expm1(-1e-3 / p.at("tau_m")));
      }}},
    {"decay",
     {1e-3,
      {{"tau", {2e-3, 1}}},
      {{-1, 1}},
      0,
      {},
      [](const auto &p, auto &, const auto &x, const auto &) {
        return keep(1e-3, p.at("tau")) * x[0];
      }}},
    {"relu",
     {1e-3,
      {{"bias", {-.5, .5}}},
      {{-1, 1}},
      0,
      {},
      [](const auto &p, auto &, const auto &x, const auto &) {
        return std::max(x[0] + f(p.at("bias")), 0.0f);
      }}},
    {"linear",
     {1e-3,
      {{"gain", {-2, 2}}, {"bias", {-.5, .5}}},
      {{-1, 1}},
      0,
      {},
      [](const auto &p, auto &, const auto &x, const auto &) {
        return f(p.at("gain")) * x[0] + f(p.at("bias"));
      }}},
    {"dendrite_segment",
     {1e-3,
      {{"theta", {8, 12}}, {"tau_plateau", {2e-3, 2e-2}}},
      {{0, 13}},
      0,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        s[0] = x[0] >= f(p.at("theta")) ? wholeSteps(p.at("tau_plateau"), 1e-3)
                                        : std::max(s[0] - 1, 0.0f);
        return s[0] > 0 ? 1.0f : 0.0f;
      }}},
    {"dendrite_soma",
     {1e-3,
      {{"tau", {2e-3, 2e-2}},
       {"r", {.5, 4}},
       {"v_leak", {-.1, .1}},
       {"v_threshold", {.3, .6}},
       {"v_reset", {-.1, .1}},
       {"lift", {.1, .5}},
       {"limit", {1, 3}}},
      {{0, 3}, {0, 4}},
      0,
      {},
      [](const auto &p, auto &s, const auto &x, const auto &) {
        const float slope = ((f(p.at("v_leak")) - s[0]) + f(p.at("r")) * x[0]) +
                            f(p.at("lift")) * std::min(x[1], f(p.at("limit")));
        s[0] = s[0] + f(1e-3 / p.at("tau")) * slope;
        return reset(s[0], f(p.at("v_threshold")), f(p.at("v_reset")));
      }}},
    {"poisson",
     {1e-3,
      {{"rate", {0, 400}}},
      {},
      0,
      {},
      [](const auto &p, auto &, const auto &, const auto &draw) {
        return draw(0) < f(-std::expm1(-p.at("rate") * 1e-3)) ? 1.0f : 0.0f;
      }}},
    {"poisson_count",
     {1e-3,
      {{"rate", {0, 5000}}},
      {},
      0,
      {},
      [](const auto &p, auto &, const auto &, const auto &draw) {
        const double mean = p.at("rate") * 1e-3;
        double term = std::exp(-mean), sum = term;
        int count = 0;
        while (count < 20 && draw(0) >= f(sum)) {
          ++count;
          term *= mean / count;
          sum += term;
        }
        return f(count);
      }}},
    {"gaussian",
     {1e-3,
      {{"mean", {-1, 1}}, {"std", {.5, 2}}},
      {},
      1e-5,
      {},
      [](const auto &p, auto &, const auto &, const auto &draw) {
        return f(p.at("mean") + p.at("std") *
                                    std::sqrt(-2 * std::log(1.0 - draw(0))) *
                                    std::cos(2 * std::numbers::pi * draw(1)));
      }}},
};

} // namespace

const std::map<std::string, StepCase> &limen::stepCases() { return cases; }

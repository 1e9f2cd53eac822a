// Mean and scale of each channel, from those of its tiles, and the running statistics (PyTorch's: an unbiased variance). Evaluation takes
// the running ones.
<% if (TRAINING) { %>
var<workgroup> sums: array<f32, 64>;
fn total(t: u32, value: f32) -> f32 {
  workgroupBarrier();
  sums[t] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (t < half) { sums[t] += sums[t + half]; }
  }
  workgroupBarrier();
  return sums[0];
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  let origin = base + <%= PARTIALS %>u + group.x * <%= 3 * PARTIAL_COUNT %>u;
  let count = f32(step.count * <%= PLANE %>u);
  var sum = 0.0;
  for (var i = t; i < <%= PARTIAL_COUNT %>u; i += 64u) { sum = fma(arena[origin + 3u * i + 2u], arena[origin + 3u * i], sum); }
  let mean = total(t, sum) / count;
  var square = 0.0;
  for (var i = t; i < <%= PARTIAL_COUNT %>u; i += 64u) {
    let d = arena[origin + 3u * i] - mean;
    square += fma(arena[origin + 3u * i + 2u] * d, d, arena[origin + 3u * i + 1u]);
  }
  let squares = total(t, square);
  if (t == 0u) {
    let norm = base + <%= NORM %>u + 2u * group.x;
    arena[norm] = mean;
    arena[norm + 1u] = 1.0 / sqrt(squares / count + <%= EPSILON %>);
    let running = step.weights + <%= RUNNING %>u + group.x;
    arena[running] += <%= MOMENTUM %> * (mean - arena[running]);
    arena[running + <%= CHANNELS %>u] += <%= MOMENTUM %> * (squares / max(1.0, count - 1.0) - arena[running + <%= CHANNELS %>u]);
  }
}
<% } else { %>
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) at: vec3u) {
  let step = stepOf(at.z);
  if (step.count == 0u || at.x >= <%= CHANNELS %>u) { return; }
  let norm = at.z * LANE + <%= NORM %>u + 2u * at.x;
  let running = step.weights + <%= RUNNING %>u + at.x;
  arena[norm] = arena[running];
  arena[norm + 1u] = 1.0 / sqrt(arena[running + <%= CHANNELS %>u] + <%= EPSILON %>);
}
<% } %>

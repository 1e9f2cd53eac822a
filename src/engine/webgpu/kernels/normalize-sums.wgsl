// Batch normalisation backward: the means over a channel of dh and of dh * h, where h is the normalised value, from what came of it and the
// gradient by that alone, since the leaky ReLU can be inverted and only a window's maximum has a gradient.
var<workgroup> sums: array<vec2f, 256>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  let origin = group.x * <%= PLANE %>u * SAMPLES;
  var sum = vec2f();
  for (var i = t; i < <%= PLANE %>u * SAMPLES; i += 256u) {
    let p = arena[base + <%= ACTIVE %>u + origin + i];
    let g = arena[base + <%= GRADIENT %>u + origin + i];
    // In both, a negative one has passed the slope once: dh * h is g * p.
    sum += vec2f(select(<%= SLOPE %> * g, g, p > 0.0), g * p);
  }
  sums[t] = sum;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (t < half) { sums[t] += sums[t + half]; }
  }
  if (t == 0u) {
    let means = sums[0] / f32(step.count * <%= RAW_PLANE %>u);
    let to = base + <%= BACK %>u + 2u * group.x;
    arena[to] = means.x;
    arena[to + 1u] = means.y;
  }
}

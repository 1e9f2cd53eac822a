// Mean, sum of squared deviations and number of the values of a channel within a tile of POSITIONS positions and SAMPLE_BLOCK samples.
var<workgroup> sums: array<vec2f, <%= SAMPLE_BLOCK %>>;
@compute @workgroup_size(<%= SAMPLE_BLOCK %>)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let start = group.x % <%= BLOCKS %>u * <%= SAMPLE_BLOCK %>u;
  let p0 = group.x / <%= BLOCKS %>u * <%= POSITIONS %>u;
  let p1 = min(p0 + <%= POSITIONS %>u, <%= PLANE %>u);
  let origin = group.z * LANE + <%= SOURCE %>u + group.y * <%= PLANE %>u * SAMPLES + start;
  let shift = arena[origin + p0 * SAMPLES];
  var sum = vec2f();
  if (start + t < step.count) {
    for (var p = p0; p < p1; p++) {
      let d = arena[origin + p * SAMPLES + t] - shift;
      sum = fma(vec2f(d), vec2f(1.0, d), sum);
    }
  }
  sums[t] = sum;
  for (var half = <%= SAMPLE_BLOCK / 2 %>u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (t < half) { sums[t] += sums[t + half]; }
  }
  if (t == 0u) {
    let n = f32(min(max(step.count, start) - start, <%= SAMPLE_BLOCK %>u) * (p1 - p0));
    let part = group.z * LANE + <%= PARTIALS %>u + 3u * (group.y * <%= PARTIAL_COUNT %>u + group.x);
    let total = sums[0];
    arena[part] = select(0.0, shift + total.x / n, n > 0.0);
    arena[part + 1u] = select(0.0, max(0.0, total.y - total.x * total.x / n), n > 0.0);
    arena[part + 2u] = n;
  }
}

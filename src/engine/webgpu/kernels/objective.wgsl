// Squared distances, the slope of the loss by them, and the factor of the gradient by the output: 2 * slope / count. Without a target,
// outputs are in the place of distances, and the factor is slope / count. They, and the numbers of the objective as they are in this step, go to
// `results`. Then, where the objective follows its distances, a number becomes -(quantile of the distances)^2, by each distance's rank.
var<workgroup> ends: array<f32, 2>;
@compute @workgroup_size(<%= SAMPLE_BLOCK %>)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  let numbers = base + <%= NUMBERS %>u;
  let to = (round.index * round.lanes + group.z) * <%= SAMPLES + NUMBER_COUNT %>u;
  for (var s = t; s < SAMPLES; s += <%= SAMPLE_BLOCK %>u) {
    var measure = 0.0;
    for (var i = 0u; i < <%= PARTS %>u; i++) { measure += arena[base + <%= DISTANCES %>u + i * SAMPLES + s]; }
    results[to + s] = measure;
    var factor = 0.0;
    if (s < step.count) {
      let semiTarget = f32(bitcast<i32>(data[step.semiTargets + data[step.order + s]]));
      factor = <%= DERIVATIVE %>.0 * (<%= SLOPE %>) / f32(step.count);
    }
    arena[base + <%= FACTORS %>u + s] = factor;
  }
  if (t < <%= NUMBER_COUNT %>u) { results[to + SAMPLES + t] = arena[numbers + t]; }
<% if (FOLLOWS) { %>
  // Workgroup memory would not hold those of a large batch.
  storageBarrier();
  let position = <%= FOLLOWS.quantile %> * f32(step.count - 1u);
  let below = u32(floor(position));
  let above = min(below + 1u, step.count - 1u);
  for (var s = t; s < step.count; s += <%= SAMPLE_BLOCK %>u) {
    let measure = results[to + s];
    var rank = 0u;
    for (var i = 0u; i < step.count; i++) {
      let other = results[to + i];
      if (other < measure || (other == measure && i < s)) { rank++; }
    }
    if (rank == below) { ends[0] = sqrt(measure); }
    if (rank == above) { ends[1] = sqrt(measure); }
  }
  workgroupBarrier();
  if (t == 0u && step.follows == 1u) {
    let radius = fma(position - f32(below), ends[1] - ends[0], ends[0]);
    arena[numbers + <%= FOLLOWS.number %>u] = -radius * radius;
  }
<% } %>
}

// results[sample][value] = output[value][sample], for the samples of a chunk of an evaluation.
var<workgroup> tile: array<f32, 1056>;
@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) at: vec3u) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  for (var r = at.y; r < 32u; r += 8u) {
    let p = group.x * 32u + r;
    var v = 0.0;
    if (p < <%= SIZE %>u) { v = arena[group.z * LANE + <%= OUTPUT %>u + p * SAMPLES + group.y * 32u + at.x]; }
<% if (SIGMOID) { %>
    v = sigmoid(v);
<% } %>
    tile[r * 33u + at.x] = v;
  }
  workgroupBarrier();
  for (var r = at.y; r < 32u; r += 8u) {
    let s = group.y * 32u + r;
    let p = group.x * 32u + at.x;
    if (s < step.count && p < <%= SIZE %>u) {
      results[(group.z * SAMPLES + s) * <%= SIZE %>u + p] = tile[at.x * 33u + r];
    }
  }
}

// The network's outputs, and over 32 of them each sample's squared distance to its target; where it has none, its one output.
@compute @workgroup_size(<%= SAMPLE_BLOCK %>)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  let s = group.y * <%= SAMPLE_BLOCK %>u + t;
  var sum = 0.0;
  for (var i = group.x * 32u; i < min(group.x * 32u + 32u, <%= SIZE %>u); i++) {
    var y = arena[base + <%= OUTPUT %>u + i * SAMPLES + s];
<% if (SIGMOID) { %>
    y = sigmoid(y);
    arena[base + <%= PREDICTED %>u + i * SAMPLES + s] = y;
<% } %>
<% if (TARGET_KIND === 'none') { %>
    sum = y;
<% } else { %>
<% if (TARGET_KIND === 'center') { %>
    let d = y - arena[base + <%= CENTER %>u + i];
<% } else { %>
    let d = y - arena[base + <%= INPUT %>u + i * SAMPLES + s];
<% } %>
    sum = fma(d, d, sum);
<% } %>
  }
  arena[base + <%= DISTANCES %>u + group.x * SAMPLES + s] = sum;
}

// The gradient of the loss by the output, or before a sigmoid by what entered it.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  for (var n = 0u; n < 4u; n++) {
    let i = (blockOf(group) * 4u + n) * 256u + t;
    if (i >= <%= SIZE %>u * SAMPLES) { return; }
    let y = arena[base + <%= PREDICTED %>u + i];
<% if (TARGET_KIND === 'none') { %>
    var g = arena[base + <%= FACTORS %>u + i % SAMPLES];
<% } else if (TARGET_KIND === 'center') { %>
    var g = arena[base + <%= FACTORS %>u + i % SAMPLES] * (y - arena[base + <%= CENTER %>u + i / SAMPLES]);
<% } else { %>
    var g = arena[base + <%= FACTORS %>u + i % SAMPLES] * (y - arena[base + <%= INPUT %>u + i]);
<% } %>
<% if (SIGMOID) { %>
    g *= y * (1.0 - y);
<% } %>
    arena[base + <%= TARGET %>u + i] = g;
  }
}

// target = leaky ReLU of (maximum of the window - mean) * scale: all three do not decrease, so their order is free.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  for (var n = 0u; n < 4u; n++) {
    let i = (blockOf(group) * 4u + n) * 256u + t;
    if (i >= <%= CHANNELS * PLANE %>u * SAMPLES) { return; }
<% if (NORMALIZED) { %>
    let norm = base + <%= NORM %>u + i / (<%= PLANE %>u * SAMPLES) * 2u;
<% } %>
<% if (WINDOWS) { %>
    let s = i % SAMPLES; let p = i / SAMPLES % <%= PLANE %>u; let c = i / (<%= PLANE %>u * SAMPLES);
    let origin = base + <%= SOURCE %>u + s + ((c * <%= SH %>u + p / <%= Math.floor(SW / 2) %>u * 2u) * <%= SW %>u + p % <%= Math.floor(SW / 2) %>u * 2u) * SAMPLES;
    var v = max(max(arena[origin], arena[origin + SAMPLES]), max(arena[origin + <%= SW %>u * SAMPLES], arena[origin + <%= SW + 1 %>u * SAMPLES]));
<% } else { %>
    var v = arena[base + <%= SOURCE %>u + i];
<% } %>
<% if (NORMALIZED) { %>
    v = (v - arena[norm]) * arena[norm + 1u];
<% } %>
    arena[base + <%= TARGET %>u + i] = select(<%= SLOPE %> * v, v, v > 0.0);
  }
}

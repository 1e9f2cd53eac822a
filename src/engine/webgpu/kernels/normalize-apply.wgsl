// The gradient by what entered normalisation, leaky ReLU and pooling: dc = scale * (dh - mean of dh - h * mean of dh * h). In place of the
// gradient by their output, or with pooling in place of what entered, window by window; the first of equal maxima has the gradient.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
<% const n = POOLED ? 1 : 4; %>
  for (var n = 0u; n < <%= n %>u; n++) {
    let i = (blockOf(group) * <%= n %>u + n) * 256u + t;
    if (i >= <%= CHANNELS * (POOLED ? Math.ceil(SH / 2) * Math.ceil(SW / 2) : PLANE) %>u * SAMPLES) { return; }
    let s = i % SAMPLES;
    let inside = s < step.count;
<% if (!POOLED) { %>
    let c = i / (<%= PLANE %>u * SAMPLES);
    let g = arena[base + <%= GRADIENT %>u + i];
    let p = arena[base + <%= ACTIVE %>u + i];
    var d = select(<%= SLOPE %> * g, g, p > 0.0);
<% if (NORMALIZED) { %>
    let scale = arena[base + <%= NORM %>u + 2u * c + 1u];
    let back = base + <%= BACK %>u + 2u * c;
    let h = select(p * <%= 1 / SLOPE %>, p, p > 0.0);
    d = (d - arena[back] - h * arena[back + 1u]) * scale;
<% } %>
    arena[base + <%= TARGET %>u + i] = select(0.0, d, inside);
<% } else { %>
    let windows = vec2u(<%= Math.ceil(SW / 2) %>u, <%= Math.ceil(SH / 2) %>u);
    let x = i / SAMPLES % windows.x; let y = i / SAMPLES / windows.x % windows.y; let c = i / SAMPLES / (windows.x * windows.y);
    let at = base + s + ((c * <%= SH %>u + 2u * y) * <%= SW %>u + 2u * x) * SAMPLES;
    let origin = at + <%= SOURCE %>u;
    let to = at + <%= TARGET %>u;
    let whole = x < <%= Math.floor(SW / 2) %>u && y < <%= Math.floor(SH / 2) %>u;
<% if (NORMALIZED) { %>
    let mean = arena[base + <%= NORM %>u + 2u * c]; let scale = arena[base + <%= NORM %>u + 2u * c + 1u];
    let back = arena[base + <%= BACK %>u + 2u * c]; let product = arena[base + <%= BACK %>u + 2u * c + 1u];
<% } else { %>
    let mean = 0.0; let scale = 1.0; let back = 0.0; let product = 0.0;
<% } %>
    let isX = 2u * x + 1u < <%= SW %>u; let isY = 2u * y + 1u < <%= SH %>u;
    let c0 = arena[origin];
    var c1 = 0.0; var c2 = 0.0; var c3 = 0.0;
    if (isX) { c1 = arena[origin + SAMPLES]; }
    if (isY) { c2 = arena[origin + <%= SW %>u * SAMPLES]; }
    if (isX && isY) { c3 = arena[origin + <%= SW + 1 %>u * SAMPLES]; }
    let top = max(max(c0, c1), max(c2, c3));
    var rest = 0.0;
    if (whole) {
      let g = arena[base + <%= GRADIENT %>u + s + ((c * <%= Math.floor(SH / 2) %>u + y) * <%= Math.floor(SW / 2) %>u + x) * SAMPLES];
      rest = select(<%= SLOPE %> * g, g, top > mean);
    }
<% for (let q = 0; q < 4; q++) { %>
    let dh<%= q %> = select(0.0, rest, c<%= q %> == top); rest = select(rest, 0.0, c<%= q %> == top);
    let d<%= q %> = select(0.0, (dh<%= q %> - back - (c<%= q %> - mean) * scale * product) * scale, inside);
<% } %>
    arena[to] = d0;
    if (isX) { arena[to + SAMPLES] = d1; }
    if (isY) { arena[to + <%= SW %>u * SAMPLES] = d2; }
    if (isX && isY) { arena[to + <%= SW + 1 %>u * SAMPLES] = d3; }
<% } %>
  }
}

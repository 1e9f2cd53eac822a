// gradient[o][i] = sum over samples of upper[o][s] * input[i][s]: 64 × 64 of them a workgroup, 4 × 4 a thread, 16 samples at a time through
// workgroup memory. Samples are summed in order. The gradient by a bias is the same with inputs of 1.
var<workgroup> upper: array<f32, 1088>;
var<workgroup> input: array<f32, 1088>;
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) at: vec3u) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  let o0 = group.y * 64u;
  let i0 = group.x * 64u;
<% for (let o = 0; o < 4; o++) { %>
  var g<%= o %> = vec4f();
<% } %>
<% if (BIAS !== undefined) { %>
  var sums = vec4f();
<% } %>
  let thread = at.y * 16u + at.x;
  for (var s0 = 0u; s0 < SAMPLES; s0 += 16u) {
    if (s0 > 0u) { workgroupBarrier(); }
    for (var i = thread; i < 1024u; i += 256u) {
      let r = i / 16u; let s = s0 + i % 16u;
      var a = 0.0; var b = 0.0;
      if (o0 + r < <%= OUTPUTS %>u) { a = arena[base + <%= UPPER %>u + (o0 + r) * SAMPLES + s]; }
      if (i0 + r < <%= INPUTS %>u) { b = arena[base + <%= INPUT %>u + (i0 + r) * SAMPLES + s]; }
      upper[r * 17u + i % 16u] = a;
      input[r * 17u + i % 16u] = b;
    }
    workgroupBarrier();
    for (var s = 0u; s < 16u; s++) {
<% if (BIAS !== undefined) { %>
      sums += vec4f(upper[at.y * 17u + s], upper[(at.y + 16u) * 17u + s], upper[(at.y + 32u) * 17u + s], upper[(at.y + 48u) * 17u + s]);
<% } %>
      let b = vec4f(input[at.x * 17u + s], input[(at.x + 16u) * 17u + s], input[(at.x + 32u) * 17u + s], input[(at.x + 48u) * 17u + s]);
<% for (let o = 0; o < 4; o++) { %>
      g<%= o %> = fma(vec4f(upper[(at.y + <%= 16 * o %>u) * 17u + s]), b, g<%= o %>);
<% } %>
    }
  }
<% if (BIAS !== undefined) for (let o = 0; o < 4; o++) { %>
  if (group.x == 0u && at.x == 0u && o0 + at.y + <%= 16 * o %>u < <%= OUTPUTS %>u) {
    gradients[group.z * GRADIENT_LANE + <%= BIAS %>u + o0 + at.y + <%= 16 * o %>u] = sums[<%= o %>];
  }
<% } %>
<% for (let o = 0; o < 4; o++) for (let i = 0; i < 4; i++) { %>
  if (o0 + at.y + <%= 16 * o %>u < <%= OUTPUTS %>u && i0 + at.x + <%= 16 * i %>u < <%= INPUTS %>u) {
    gradients[group.z * GRADIENT_LANE + <%= GRADIENT %>u + (o0 + at.y + <%= 16 * o %>u) * <%= INPUTS %>u + i0 + at.x + <%= 16 * i %>u] = g<%= o %>[<%= i %>];
  }
<% } %>
}

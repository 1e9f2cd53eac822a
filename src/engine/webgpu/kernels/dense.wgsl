// target[o][s] = sum over c of coefficient(o, c) * source[c][s], and a bias of o where there is one: a dense layer forward, or BACK to its input. A thread is a sample and holds OT
// outputs; weights are staged in workgroup memory.
var<workgroup> weights: array<vec4f, <%= CHUNK * OT / 4 %>>;
@compute @workgroup_size(<%= SAMPLE_BLOCK %>)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  let s = group.x * <%= SAMPLE_BLOCK %>u + thread;
  let first = group.y * <%= OT %>u;
  let place = step.weights + <%= WEIGHTS %>u;
  let source = base + <%= SOURCE %>u + s;
<% for (let o = 0; o < OT / 4; o++) { %>
  var a<%= o %> = vec4f();
<% } %>
  for (var c0 = 0u; c0 < <%= CHANNELS %>u; c0 += <%= CHUNK %>u) {
    if (c0 > 0u) { workgroupBarrier(); }
    for (var i = thread; i < <%= CHUNK * OT / 4 %>u; i += <%= SAMPLE_BLOCK %>u) {
<% if (BACK) { %>
      let o = i % <%= OT / 4 %>u * 4u; let c = i / <%= OT / 4 %>u;
<% } else { %>
      let c = i % <%= CHUNK %>u; let o = i / <%= CHUNK %>u * 4u;
<% } %>
      var w = vec4f();
      for (var j = 0u; j < 4u; j++) {
        if (first + o + j < <%= V %>u && c0 + c < <%= CHANNELS %>u) {
<% if (BACK) { %>
          w[j] = arena[place + (c0 + c) * <%= V %>u + first + o + j];
<% } else { %>
          w[j] = arena[place + (first + o + j) * <%= CHANNELS %>u + c0 + c];
<% } %>
        }
      }
      weights[(c * <%= OT %>u + o) / 4u] = w;
    }
    workgroupBarrier();
    for (var c = 0u; c < <%= CHUNK %>u; c += <%= UNROLL %>u) {
<% for (let u = 0; u < UNROLL; u++) { %>
<% if (CHANNELS % CHUNK === 0) { %>
      let v<%= u %> = arena[source + (c0 + c + <%= u %>u) * SAMPLES];
<% } else { %>
      let v<%= u %> = arena[source + min(c0 + c + <%= u %>u, <%= CHANNELS - 1 %>u) * SAMPLES];
<% } %>
<% } %>
<% for (let u = 0; u < UNROLL; u++) for (let o = 0; o < OT / 4; o++) { %>
      a<%= o %> = fma(vec4f(v<%= u %>), weights[(c + <%= u %>u) * <%= OT / 4 %>u + <%= o %>u], a<%= o %>);
<% } %>
    }
  }
<% for (let o = 0; o < OT; o++) { %>
  if (first + <%= o %>u < <%= V %>u) {
<% if (BIAS === undefined) { %>
    arena[base + <%= TARGET %>u + (first + <%= o %>u) * SAMPLES + s] = a<%= o >> 2 %>[<%= o & 3 %>];
<% } else { %>
    arena[base + <%= TARGET %>u + (first + <%= o %>u) * SAMPLES + s] = a<%= o >> 2 %>[<%= o & 3 %>] + arena[step.weights + <%= BIAS + o %>u + first];
<% } %>
  }
<% } %>
}

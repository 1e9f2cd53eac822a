// gradient[slice][v][c][ty][tx] = sum over positions q of the slice's rows and over samples of upper[v][q] * input[c][q + OFFSET + t], where
// `upper` is the gradient by a convolution's raw output. A thread holds OT channels v, IT channels c and the taps of KR kernel rows, for some
// samples; the other rows of the kernel are beside it in the workgroup, where they share what they read in the first cache. The input slides
// through registers, XU positions at a time. Positions are summed in order, then samples, eight by eight and in order, then slices by adam.
<%
const ROW_GROUPS = Math.ceil(T / KR);
const ACCUMULATORS = OT * IT * KR * T;
const THREADS = WIDTH * ROW_GROUPS;
const PITCH = WIDTH + 8;
const PARTS = WIDTH / 8;
const CHUNK = Math.max(1, Math.min(ACCUMULATORS, Math.floor(2048 / (PITCH * ROW_GROUPS))));
// With one row a thread, what follows is only done where it lies inside.
const ofRow = (r, value) => (KR === 1 ? value : `select(0.0, ${value}, isRow${r})`);
// By channel v, channel c, kernel row and tap.
const accumulator = (n) => `g${Math.floor(n / (IT * KR * T))}_${Math.floor(n / (KR * T)) % IT}_${Math.floor(n / T) % KR}_${n % T}`;
%>
var<workgroup> sums: array<f32, <%= CHUNK * THREADS / WIDTH * PITCH %>>;
@compute @workgroup_size(<%= WIDTH %>, <%= ROW_GROUPS %>)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) at: vec3u) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let base = group.z * LANE;
  let slice = group.x % <%= SLICES %>u;
  let c0 = group.x / <%= SLICES %>u * <%= IT %>u;
  let v0 = group.y * <%= OT %>u;
<% for (let n = 0; n < ACCUMULATORS; n++) { %>
  var <%= accumulator(n) %> = 0.0;
<% } %>
  for (var s = at.x; s < SAMPLES; s += <%= WIDTH %>u) {
    for (var y = slice * <%= ROWS %>u; y < min((slice + 1u) * <%= ROWS %>u, <%= QH %>u); y++) {
<% for (let r = 0; r < KR; r++) { %>
      let row<%= r %> = i32(y + at.y * <%= KR %>u) + <%= r + OFFSET %>;
      let isRow<%= r %> = row<%= r %> >= 0 && row<%= r %> < <%= IH %>;
      let origin<%= r %> = base + <%= INPUT %>u + s + (c0 * <%= IH %>u + u32(clamp(row<%= r %>, 0, <%= IH - 1 %>))) * <%= IW %>u * SAMPLES;
<% } %>
      if (<%= Array.from({ length: KR }, (_, r) => `isRow${r}`).join(' || ') %>) {
<% for (let c = 0; c < IT; c++) for (let r = 0; r < KR; r++) for (let k = 0; k < T - 1; k++) { %>
<% if (k + OFFSET >= 0 && k + OFFSET < IW) { %>
        var x<%= c %>_<%= r %>_<%= k %> = <%= ofRow(r, `arena[origin${r} + ${c * IH * IW + k + OFFSET}u * SAMPLES]`) %>;
<% } else { %>
        var x<%= c %>_<%= r %>_<%= k %> = 0.0;
<% } %>
<% } %>
<% if (FACTOR === 1) { %>
        let upper = base + <%= UPPER %>u + s + (v0 * <%= OH %>u + y) * <%= OW %>u * SAMPLES;
<% } %>
        for (var x = 0u; x < <%= QW %>u; x += <%= XU %>u) {
<% for (let u = 0; u < XU; u++) { %>
          let column<%= u %> = i32(x) + <%= u + T - 1 + OFFSET %>;
          let clamped<%= u %> = u32(clamp(column<%= u %>, 0, <%= IW - 1 %>)) * SAMPLES;
          let isColumn<%= u %> = column<%= u %> >= 0 && column<%= u %> < <%= IW %>;
<% for (let c = 0; c < IT; c++) for (let r = 0; r < KR; r++) { %>
          let x<%= c %>_<%= r %>_<%= T - 1 + u %> = <%= ofRow(r, `select(0.0, arena[origin${r} + ${c * IH * IW}u * SAMPLES + clamped${u}], isColumn${u})`) %>;
<% } %>
<% } %>
<% for (let o = 0; o < OT; o++) { %>
          {
<% if (FACTOR === 2) { %>
            let v = v0 + <%= o %>u;
<% } %>
<% for (let u = 0; u < XU; u++) { %>
<% if (FACTOR === 1) { %>
            let d<%= u %> = arena[upper + (<%= o * OH * OW + u %>u + x) * SAMPLES];
<% } else { %>
            let uy<%= u %> = i32(2u * y + ((v >> 1u) & 1u)) - <%= SHIFT %>;
            let ux<%= u %> = i32(2u * (x + <%= u %>u) + (v & 1u)) - <%= SHIFT %>;
            let d<%= u %> = select(0.0, arena[base + <%= UPPER %>u + s + ((v >> 2u) * <%= OH * OW %>u + u32(clamp(uy<%= u %>, 0, <%= OH - 1 %>) * <%= OW %> + clamp(ux<%= u %>, 0, <%= OW - 1 %>))) * SAMPLES],
              uy<%= u %> >= 0 && uy<%= u %> < <%= OH %> && ux<%= u %> >= 0 && ux<%= u %> < <%= OW %>);
<% } %>
<% } %>
<% for (let u = 0; u < XU; u++) for (let c = 0; c < IT; c++) for (let r = 0; r < KR; r++) for (let k = 0; k < T; k++) { %>
            g<%= o %>_<%= c %>_<%= r %>_<%= k %> = fma(d<%= u %>, x<%= c %>_<%= r %>_<%= u + k %>, g<%= o %>_<%= c %>_<%= r %>_<%= k %>);
<% } %>
          }
<% } %>
<% for (let c = 0; c < IT; c++) for (let r = 0; r < KR; r++) for (let k = 0; k < T - 1; k++) { %>
          x<%= c %>_<%= r %>_<%= k %> = x<%= c %>_<%= r %>_<%= k + XU %>;
<% } %>
        }
      }
    }
  }
  let thread = at.y * <%= WIDTH %>u + at.x;
<% for (let first = 0; first < ACCUMULATORS; first += CHUNK) { const some = Math.min(CHUNK, ACCUMULATORS - first); %>
<% if (first > 0) { %>
  workgroupBarrier();
<% } %>
<% for (let n = 0; n < some; n++) { %>
  sums[(<%= n %>u * <%= ROW_GROUPS %>u + at.y) * <%= PITCH %>u + at.x] = <%= accumulator(first + n) %>;
<% } %>
  workgroupBarrier();
  for (var i = thread; i < <%= some * ROW_GROUPS * PARTS %>u; i += <%= THREADS %>u) {
    let origin = i / <%= PARTS %>u * <%= PITCH %>u + i % <%= PARTS %>u;
    var sum = sums[origin];
    for (var j = 1u; j < 8u; j++) { sum += sums[origin + j * <%= PARTS %>u]; }
    sums[origin] = sum;
  }
  workgroupBarrier();
  for (var i = thread; i < <%= some * ROW_GROUPS %>u; i += <%= THREADS %>u) {
    var sum = sums[i * <%= PITCH %>u];
    for (var j = 1u; j < <%= PARTS %>u; j++) { sum += sums[i * <%= PITCH %>u + j]; }
    let n = <%= first %>u + i / <%= ROW_GROUPS %>u;
    let v = v0 + n / <%= IT * KR * T %>u; let c = c0 + n / <%= KR * T %>u % <%= IT %>u;
    let ty = i % <%= ROW_GROUPS %>u * <%= KR %>u + n / <%= T %>u % <%= KR %>u;
<% if (T % KR !== 0) { %>
    if (ty < <%= T %>u)
<% } %>
    { gradients[group.z * GRADIENT_LANE + <%= GRADIENT %>u + slice * <%= V * INPUTS * T * T %>u + ((v * <%= INPUTS %>u + c) * <%= T %>u + ty) * <%= T %>u + n % <%= T %>u] = sum; }
  }
<% } %>
}

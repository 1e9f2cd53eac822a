// target[v][q] = sum over c, t of coefficient(v, c, t) * source[c][STRIDE * q + OFFSET + t]: a convolution or transposed convolution forward,
// or the way back to its input. Forward behind up-sampling, an output channel is FACTOR * FACTOR channels v of the small image, one for each
// parity of the position. A thread is a sample, and holds OT channels of a tile of YT * PT positions in named vectors, since neither the
// compiler of WGSL nor every driver unrolls. Weights are staged in workgroup memory, a few source channels at a time.
<%
const TILES_X = Math.ceil(QW / PT);
const COLUMNS = (PT - 1) * STRIDE + T;
const LAST = (TILES_X - 1) * PT * STRIDE;
const exact = QH % YT === 0 && QW % PT === 0 && V % OT === 0 && (BACK || FACTOR === 1);
// Columns that lie inside for every tile need no test.
const inside = (k) => k + OFFSET >= 0 && LAST + k + OFFSET < SW;
const outside = (k) => TILES_X === 1 && (k + OFFSET < 0 || k + OFFSET >= SW);
%>
var<workgroup> weights: array<vec4f, <%= CHUNK * T * T * OT / 4 %>>;
<% if (MEASURE) { %>
var<workgroup> shifts: array<vec4f, <%= OT / 4 %>>;
var<workgroup> sums: array<vec2f, <%= Math.min(OT, 8) * (SAMPLE_BLOCK + 16) %>>;
<% } %>

// The coefficient in PyTorch's order of weights.
fn coefficient(v: u32, c: u32, ty: u32, tx: u32) -> f32 {
<% if (BACK) { %>
  let out = c;
  let in_ = v;
<% if (FACTOR === 1) { %>
  let y0 = <%= T - 1 %>u - ty; let y1 = y0;
  let x0 = <%= T - 1 %>u - tx; let x1 = x0;
<% } else { %>
  let py = ty & 1u; let sy = 2u * (<%= T / 2 - 1 %>u - (ty >> 1u));
  let px = tx & 1u; let sx = 2u * (<%= T / 2 - 1 %>u - (tx >> 1u));
<% } %>
<% } else { %>
  let out = v / <%= FACTOR * FACTOR %>u;
  let in_ = c;
<% if (FACTOR === 1) { %>
  let y0 = ty; let y1 = ty;
  let x0 = tx; let x1 = tx;
<% } else { %>
  let py = (v >> 1u) & 1u; let sy = 2u * ty;
  let px = v & 1u; let sx = 2u * tx;
<% } %>
<% } %>
<% if (FACTOR === 2) { %>
  let y0 = max(sy, py) - py; let y1 = min(sy + 1u - py, <%= KERNEL - 1 %>u);
  let x0 = max(sx, px) - px; let x1 = min(sx + 1u - px, <%= KERNEL - 1 %>u);
<% } %>
  var sum = 0.0;
  for (var y = y0; y <= y1; y++) {
    for (var x = x0; x <= x1; x++) {
<% if (TRANSPOSED) { %>
      sum += arena[place + ((in_ * <%= OUTPUTS %>u + out) * <%= KERNEL %>u + <%= KERNEL - 1 %>u - y) * <%= KERNEL %>u + <%= KERNEL - 1 %>u - x];
<% } else { %>
      sum += arena[place + ((out * <%= INPUTS %>u + in_) * <%= KERNEL %>u + y) * <%= KERNEL %>u + x];
<% } %>
    }
  }
  return sum;
}
var<private> place: u32;

@compute @workgroup_size(<%= SAMPLE_BLOCK %>)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  place = step.weights + <%= WEIGHTS %>u;
  let base = group.z * LANE;
  let tile = group.x / <%= BLOCKS %>u;
  let s = group.x % <%= BLOCKS %>u * <%= SAMPLE_BLOCK %>u + thread;
  let first = group.y * <%= OT %>u;
  let x0 = i32(tile % <%= TILES_X %>u) * <%= PT %>;
  let y0 = i32(tile / <%= TILES_X %>u) * <%= YT %>;
<% for (let y = 0; y < YT; y++) for (let x = 0; x < PT; x++) for (let o = 0; o < OT / 4; o++) { %>
  var a<%= y %>_<%= x %>_<%= o %> = vec4f();
<% } %>
  for (var c0 = 0u; c0 < <%= CHANNELS %>u; c0 += <%= CHUNK %>u) {
    if (c0 > 0u) { workgroupBarrier(); }
    for (var i = thread; i < <%= CHUNK * T * T * OT / 4 %>u; i += <%= SAMPLE_BLOCK %>u) {
      let v = first + i % <%= OT / 4 %>u * 4u;
      let tap = i / <%= OT / 4 %>u;
      let c = c0 + tap / <%= T * T %>u;
      var w = vec4f();
      for (var j = 0u; j < 4u; j++) {
        if (v + j < <%= V %>u && c < <%= CHANNELS %>u) { w[j] = coefficient(v + j, c, tap / <%= T %>u % <%= T %>u, tap % <%= T %>u); }
      }
      weights[i] = w;
    }
    workgroupBarrier();
    for (var c = 0u; c < min(<%= CHUNK %>u, <%= CHANNELS %>u - c0); c++) {
      let plane = base + <%= SOURCE %>u + (c0 + c) * <%= SH * SW %>u * SAMPLES + s;
      for (var t = 0; t < <%= T %>; t++) {
        let w = (c * <%= T %>u + u32(t)) * <%= T * OT / 4 %>u;
<% for (let k = 0; k < T; k++) for (let o = 0; o < OT / 4; o++) { %>
        let w<%= k %>_<%= o %> = weights[w + <%= k * OT / 4 + o %>u];
<% } %>
<% for (let y = 0; y < YT; y++) { %>
        {
          let row = (y0 + <%= y %>) * <%= STRIDE %> + <%= OFFSET %> + t;
          if (row >= 0 && row < <%= SH %>) {
            let at = plane + u32(row) * <%= SW %>u * SAMPLES;
<% for (let k = 0; k < COLUMNS; k++) { if (outside(k)) continue; %>
<% if (TILES_X === 1) { %>
            let v<%= k %> = arena[at + <%= k + OFFSET %>u * SAMPLES];
<% } else if (inside(k)) { %>
            let v<%= k %> = arena[at + u32(x0 * <%= STRIDE %> + <%= k + OFFSET %>) * SAMPLES];
<% } else { %>
            let column<%= k %> = x0 * <%= STRIDE %> + <%= k + OFFSET %>;
            let v<%= k %> = select(0.0, arena[at + u32(clamp(column<%= k %>, 0, <%= SW - 1 %>)) * SAMPLES], column<%= k %> >= 0 && column<%= k %> < <%= SW %>);
<% } } %>
<% for (let k = 0; k < T; k++) for (let o = 0; o < OT / 4; o++) for (let x = 0; x < PT; x++) { if (outside(x * STRIDE + k)) continue; %>
            a<%= y %>_<%= x %>_<%= o %> = fma(vec4f(v<%= x * STRIDE + k %>), w<%= k %>_<%= o %>, a<%= y %>_<%= x %>_<%= o %>);
<% } %>
          }
        }
<% } %>
      }
    }
  }
<% for (let o = 0; o < OT; o++) { %>
  {
    let v = first + <%= o %>u;
<% if (BACK || FACTOR === 1) { %>
    let to = base + <%= TARGET %>u + s + v * <%= TH * TW %>u * SAMPLES;
<% } else { %>
    let to = base + <%= TARGET %>u + s + v / <%= FACTOR * FACTOR %>u * <%= TH * TW %>u * SAMPLES;
<% } %>
<% if (RAW) { %>
<% for (let y = 0; y < YT; y++) for (let x = 0; x < PT; x++) { %>
<% const value = `a${y}_${x}_${o >> 2}[${o & 3}]`; %>
<% if (exact) { %>
    arena[to + u32((y0 + <%= y %>) * <%= TW %> + x0 + <%= x %>) * SAMPLES] = <%= value %>;
<% } else if (BACK || FACTOR === 1) { %>
    if (v < <%= V %>u && y0 + <%= y %> < <%= QH %> && x0 + <%= x %> < <%= QW %>) {
      arena[to + u32((y0 + <%= y %>) * <%= TW %> + x0 + <%= x %>) * SAMPLES] = <%= value %>;
    }
<% } else { %>
    {
      let ty = 2 * (y0 + <%= y %>) + i32((v >> 1u) & 1u) - <%= SHIFT %>;
      let tx = 2 * (x0 + <%= x %>) + i32(v & 1u) - <%= SHIFT %>;
      if (v < <%= V %>u && ty >= 0 && ty < <%= TH %> && tx >= 0 && tx < <%= TW %>) {
        arena[to + u32(ty * <%= TW %> + tx) * SAMPLES] = <%= value %>;
      }
    }
<% } %>
<% } %>
<% } %>
<% if (POOL) for (let y = 0; y < YT / 2; y++) for (let x = 0; x < PT / 2; x++) { %>
<% const at = (dy, dx) => `a${2 * y + dy}_${2 * x + dx}_${o >> 2}[${o & 3}]`; %>
<% if (!exact) { %>
    if (v < <%= V %>u && y0 + <%= 2 * y + 1 %> < <%= QH %> && x0 + <%= 2 * x + 1 %> < <%= QW %>)
<% } %>
    {
      arena[base + <%= MAXIMA %>u + s + (v * <%= Math.floor(QH / 2) * Math.floor(QW / 2) %>u + u32((y0 / 2 + <%= y %>) * <%= Math.floor(QW / 2) %> + x0 / 2 + <%= x %>)) * SAMPLES] =
        max(max(<%= at(0, 0) %>, <%= at(0, 1) %>), max(<%= at(1, 0) %>, <%= at(1, 1) %>));
    }
<% } %>
  }
<% } %>
<% if (MEASURE) { %>
<%
// Mean, sum of squared deviations and number of the values of this tile, a channel v each. Sums are of deviations from one of the values,
// so that a mean far from 0 costs no precision; samples are joined eight by eight, then in order.
const valid = (y, x) => exact ? 'true' : FACTOR === 1
  ? `(y0 + ${y} < ${QH} && x0 + ${x} < ${QW})`
  : `(2 * (y0 + ${y}) + py - ${SHIFT} >= 0 && 2 * (y0 + ${y}) + py - ${SHIFT} < ${TH} && 2 * (x0 + ${x}) + px - ${SHIFT} >= 0 && 2 * (x0 + ${x}) + px - ${SHIFT} < ${TW})`;
const PITCH = SAMPLE_BLOCK + 16;
const PARTS = SAMPLE_BLOCK / 8;
// Channels of a thread that are summed at once.
const SOME = Math.min(OT, 8);
%>
  if (thread == 0u) {
<% for (let o = 0; o < OT / 4; o++) { %>
    shifts[<%= o %>] = a0_0_<%= o %>;
<% } %>
  }
  workgroupBarrier();
  let inside = select(0.0, 1.0, s < step.count);
  let start = group.x % <%= BLOCKS %>u * <%= SAMPLE_BLOCK %>u;
  let samples = min(max(step.count, start) - start, <%= SAMPLE_BLOCK %>u);
<% for (let some = 0; some < OT; some += SOME) { %>
<% if (some > 0) { %>
  workgroupBarrier();
<% } %>
<% for (let o = some; o < some + SOME; o++) { %>
  {
    let shift = shifts[<%= o >> 2 %>][<%= o & 3 %>];
<% if (!exact && FACTOR === 2) { %>
    let py = i32(((first + <%= o %>u) >> 1u) & 1u); let px = i32((first + <%= o %>u) & 1u);
<% } %>
    var sum = vec2f();
<% for (let y = 0; y < YT; y++) for (let x = 0; x < PT; x++) { %>
    { let d = <%= exact ? '' : 'select(0.0, ' %>a<%= y %>_<%= x %>_<%= o >> 2 %>[<%= o & 3 %>] - shift<%= exact ? '' : `, ${valid(y, x)})` %>; sum = fma(vec2f(d), vec2f(1.0, d), sum); }
<% } %>
    sums[<%= (o - some) * PITCH %>u + thread] = inside * sum;
  }
<% } %>
  workgroupBarrier();
  for (var i = thread; i < <%= SOME * PARTS %>u; i += <%= SAMPLE_BLOCK %>u) {
    let origin = i / <%= PARTS %>u * <%= PITCH %>u + i % <%= PARTS %>u;
    var sum = sums[origin];
    for (var j = 1u; j < 8u; j++) { sum += sums[origin + j * <%= PARTS %>u]; }
    sums[origin] = sum;
  }
  workgroupBarrier();
  for (var i = thread; i < <%= SOME %>u; i += <%= SAMPLE_BLOCK %>u) {
    let o = <%= some %>u + i;
    let v = first + o;
    if (v < <%= V %>u) {
      var sum = sums[i * <%= PITCH %>u];
      for (var j = 1u; j < <%= PARTS %>u; j++) { sum += sums[i * <%= PITCH %>u + j]; }
<% if (exact) { %>
      let n = f32(samples * <%= YT * PT %>u);
<% } else { %>
<% if (FACTOR === 2) { %>
      let py = i32((v >> 1u) & 1u); let px = i32(v & 1u);
<% } %>
      var positions = 0u;
<% for (let y = 0; y < YT; y++) for (let x = 0; x < PT; x++) { %>
      positions += select(0u, 1u, <%= valid(y, x) %>);
<% } %>
      let n = f32(samples * positions);
<% } %>
      let part = base + <%= PARTIALS %>u + 3u * (v / <%= FACTOR * FACTOR %>u * <%= PARTIAL_COUNT %>u + (v % <%= FACTOR * FACTOR %>u) * <%= PARTIAL_COUNT / FACTOR / FACTOR %>u + group.x);
      arena[part] = select(0.0, shifts[o / 4u][o % 4u] + sum.x / n, n > 0.0);
      arena[part + 1u] = select(0.0, max(0.0, sum.y - sum.x * sum.x / n), n > 0.0);
      arena[part + 2u] = n;
    }
  }
<% } %>
<% } %>
}

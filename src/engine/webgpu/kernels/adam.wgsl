// Adam (Kingma and Ba 2015) on every weight of a lane. Its gradient is the sum over slices in their order; behind up-sampling, over the four
// parities whose small kernels the weight is part of. Rate and epsilon hold the corrections of the step.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let step = stepOf(group.z);
  let n = blockOf(group) * 64u + t;
  if (step.count == 0u || n >= <%= PARAMETERS %>u) { return; }
  let base = group.z * LANE;
  let w = arena[step.weights + n];
  var g = 0.0;
<% for (const { weights, size, gradient, slices, outputs, inputs, kernel, taps, factor, transposed } of layers) { %>
<% const origin = (tap) => transposed ? `${kernel - 1}u - ${tap}` : tap; %>
  if (n >= <%= weights %>u && n < <%= weights + size %>u) {
<% if (factor === 1 && !transposed) { %>
    let origin = group.z * GRADIENT_LANE + <%= gradient %>u + n - <%= weights %>u;
    for (var i = 0u; i < <%= slices %>u; i++) { g += gradients[origin + i * <%= size %>u]; }
<% } else { %>
    let i = n - <%= weights %>u;
    let ky = <%= origin(`i / ${kernel}u % ${kernel}u`) %>; let kx = <%= origin(`i % ${kernel}u`) %>;
<% if (transposed) { %>
    let o = i / <%= kernel * kernel %>u % <%= outputs %>u; let c = i / <%= kernel * kernel * outputs %>u;
<% } else { %>
    let o = i / <%= kernel * kernel * inputs %>u; let c = i / <%= kernel * kernel %>u % <%= inputs %>u;
<% } %>
    for (var slice = 0u; slice < <%= slices %>u; slice++) {
      let origin = group.z * GRADIENT_LANE + <%= gradient %>u + slice * <%= factor * factor * outputs * inputs * taps * taps %>u;
      for (var parity = 0u; parity < <%= factor * factor %>u; parity++) {
        let ty = (ky + parity / <%= factor %>u) / <%= factor %>u; let tx = (kx + parity % <%= factor %>u) / <%= factor %>u;
        g += gradients[origin + (((o * <%= factor * factor %>u + parity) * <%= inputs %>u + c) * <%= taps %>u + ty) * <%= taps %>u + tx];
      }
    }
<% } %>
  }
<% } %>
  g = fma(step.decay, w, g);
  let m1 = fma(0.1, g, 0.9 * arena[base + <%= MOMENT1 %>u + n]);
  let m2 = fma(0.001 * g, g, 0.999 * arena[base + <%= MOMENT2 %>u + n]);
  arena[base + <%= MOMENT1 %>u + n] = m1;
  arena[base + <%= MOMENT2 %>u + n] = m2;
  arena[step.weights + n] = w - step.rate * m1 / (sqrt(m2) + step.epsilon);
}

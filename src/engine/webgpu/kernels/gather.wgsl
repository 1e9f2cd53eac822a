// input[p][s] = samples[order[s]][p]: tiles of 32 samples and 32 values, read along values and written along samples.
// Bytes become floats by the table of 256 that `data` begins with, since a division on the device may round otherwise.
var<workgroup> tile: array<f32, 1056>;
@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) at: vec3u) {
  let step = stepOf(group.z);
  if (step.count == 0u) { return; }
  let value = group.x * 32u + at.x;
  for (var r = at.y; r < 32u; r += 8u) {
    let s = group.y * 32u + r;
    var v = 0.0;
    if (s < step.count && value < <%= SIZE %>u) {
      let i = data[step.order + s] * <%= SIZE %>u + value;
      if (step.bytes == 1u) {
        v = bitcast<f32>(data[(data[step.rows + i / 4u] >> (8u * (i % 4u))) & 255u]);
      } else {
        v = bitcast<f32>(data[step.rows + i]);
      }
    }
    tile[r * 33u + at.x] = v;
  }
  workgroupBarrier();
  for (var r = at.y; r < 32u; r += 8u) {
    let p = group.x * 32u + r;
    if (p < <%= SIZE %>u) {
      arena[group.z * LANE + <%= INPUT %>u + p * SAMPLES + group.y * 32u + at.x] = tile[at.x * 33u + r];
    }
  }
}

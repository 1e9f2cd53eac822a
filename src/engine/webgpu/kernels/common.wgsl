// What every kernel sees. A block of lanes has one arena; a lane's tensors lie in it at fixed places, `lane * LANE + PLACE`, and its
// weights at `step.weights + PLACE`. Tensors are [channel][y][x][sample], with SAMPLES places for the samples of a batch.
struct Step {
  // Samples of the batch; 0 is an idle lane, whose workgroups return at once.
  count: u32,
  // Where the batch begins in `data`: the row of each sample.
  order: u32,
  // Where the weights begin in the arena.
  weights: u32,
  // Where the samples of the run begin in `data`, and whether they are bytes (1) or floats (0).
  rows: u32,
  bytes: u32,
  // Adam: learning rate and epsilon with the corrections of the step, and the L2 penalty.
  rate: f32,
  epsilon: f32,
  decay: f32,
  // Where the semi-targets of the run begin in `data`.
  semiTargets: u32,
  // Whether a number of the objective follows the distances after this step.
  follows: u32,
}
@group(0) @binding(0) var<storage, <%= GRADIENTS ? 'read' : 'read_write' %>> arena: array<f32>;
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read> plan: array<Step>;
@group(0) @binding(3) var<storage, read_write> results: array<f32>;
// Gradients by the weights lie apart, `lane * GRADIENT_LANE + PLACE`, so that kernels that make them bind the arena to be read alone, which lets
// a GPU read it faster: 1.2 to 1.9 times on an H100.
@group(0) @binding(4) var<storage, read_write> gradients: array<f32>;
struct Round { index: u32, lanes: u32 }
@group(1) @binding(0) var<uniform> round: Round;

const LANE = <%= LANE %>u;
const GRADIENT_LANE = <%= GRADIENT_LANE %>u;
const SAMPLES = <%= SAMPLES %>u;
// Which of a lane's workgroups it is, where they are in rows: a dimension has no more than these.
fn blockOf(group: vec3u) -> u32 { return group.y * 65535u + group.x; }
// Of either sign the exponential is of a negative number, which cannot overflow, and a NaN stays one.
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}
fn stepOf(lane: u32) -> Step { return plan[round.index * round.lanes + lane]; }

/** The sides of an image. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A size that an image is brought to, by whole pixels repeated or by Lanczos. */
export interface ResizeStage extends Size {
  readonly kernel: 'nearest' | 'lanczos3';
}

/**
 * How an image is brought to another size so that what lies in the middle stays there, whatever its own: the library shifts what it
 * makes larger by half a pixel, and what it makes smaller by four times or more where a first shrinking leaves a remainder. So pixels are
 * repeated until no side is too small, and then made smaller by less than four times as often as it takes.
 */
export function resizeStages(from: Size, to: Size): ResizeStage[] {
  const stages: ResizeStage[] = [];
  let { width, height } = from;
  if (width < to.width || height < to.height) {
    width *= Math.ceil(to.width / width);
    height *= Math.ceil(to.height / height);
    stages.push({ width, height, kernel: 'nearest' });
  }
  do {
    width = reduced(width, to.width);
    height = reduced(height, to.height);
    stages.push({ width, height, kernel: 'lanczos3' });
  } while (width > to.width || height > to.height);
  return stages;
}

function reduced(from: number, to: number): number {
  return from < 4 * to ? to : Math.ceil(from / 3);
}

/** A colour profile of grey whose values are light itself, where those of sRGB are compressed: of 100 it makes 168. */
export function linearGreyProfile(): Buffer {
  const whitePoint = numbers(63190, 65536, 54061);
  const tags: (readonly [name: string, content: Buffer])[] = [
    ['desc', Buffer.concat([Buffer.from('desc\0\0\0\0\0\0\0\x02g\0'), Buffer.alloc(78)])],
    ['cprt', Buffer.from('text\0\0\0\0none\0\0\0\0')],
    ['wtpt', Buffer.concat([Buffer.from('XYZ \0\0\0\0'), whitePoint])],
    ['kTRC', Buffer.from('curv\0\0\0\0\0\0\0\0')],
  ];
  let offset = 128 + 4 + 12 * tags.length;
  const entries = tags.map(([name, content]) => {
    const entry = Buffer.concat([Buffer.from(name), numbers(offset, content.length)]);
    offset += content.length;
    return entry;
  });
  const head = Buffer.alloc(128);
  numbers(offset).copy(head, 0);
  head.write('lcms', 4);
  numbers(0x02400000).copy(head, 8);
  head.write('mntrGRAYXYZ ', 12);
  head.write('acsp', 36);
  whitePoint.copy(head, 68);
  return Buffer.concat([head, numbers(tags.length), ...entries, ...tags.map(([, content]) => content)]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(value, 4 * i);
  return bytes;
}

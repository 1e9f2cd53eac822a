import { expect, test } from '@jest/globals';
import { UserError } from '../errors.js';
import { memoryRefusal } from './memory.js';

test.each(['Array buffer allocation failed', 'Invalid typed array length: 9e15', 'std::bad_alloc'])(
  'the user is told to ask for less: %s',
  (message) => {
    const refusal = memoryRefusal(new RangeError(message));
    expect(refusal).toBeInstanceOf(UserError);
    expect(refusal?.message).toBe(
      `more memory is needed than there is (${message}); choose smaller options or less data`,
    );
  },
);

test.each([new RangeError('index 3 is out of range'), 'std::bad_alloc', undefined])('not of %p', (error) => {
  expect(memoryRefusal(error)).toBeUndefined();
});

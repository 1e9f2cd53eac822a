/**
 * The value of an option in words. One that is null was chosen in each run by cross-validation, as the bandwidth of KDE is where none is
 * given.
 */
export function optionText(value: unknown): string {
  if (value === null) return 'cross-validated';
  if (value === undefined) return 'not set';
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

import { counted } from '../../messages/counted.js';
import type { CsvBlock } from '../formats/csv.js';
import { shown } from './cells.js';

/**
 * Watches for cells of several lines in any column, also one that is no feature: a quote that is never closed, up to one that another
 * row has by chance, takes the rows between into one.
 */
export class LineWatch {
  private rows = 0;
  private first = '';

  /** @param header the names of all columns */
  constructor(private readonly header: readonly string[]) {
    if (header.some(isLong)) this.add('row 1');
  }

  /** Looks at a row. */
  see(block: CsvBlock, row: number): void {
    const lines = block.linesOf(row);
    if (lines === 1) return;
    const start = block.numberOf(row);
    const column = this.header[block.rows[row].findIndex(isLong)];
    this.add(`rows ${start} to ${start + lines - 1}, column ${shown(column)}`);
  }

  private add(place: string): void {
    if (this.rows === 0) this.first = place;
    this.rows++;
  }

  /** The warning about such cells. */
  notices(file: string): string[] {
    if (this.rows === 0) return [];
    const which = this.rows === 1 ? this.first : `the first: ${this.first}`;
    return [
      `${file}: ${counted(this.rows, 'row has', 'rows have')} a cell of several lines (${which}); is a quote missing?`,
    ];
  }
}

function isLong(cell: string): boolean {
  return cell.includes('\n');
}

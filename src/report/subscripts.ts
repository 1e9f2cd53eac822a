/** How a subscript is set, in units of the size of its text. */
export const SUBSCRIPT = { size: 0.75, drop: 0.25 };

/** A part of a text, on its line or below it. */
export interface TextPart {
  readonly text: string;
  readonly lowered: boolean;
}

/** Splits a text into what stands on its line and the subscripts of the paper's symbols, γ_l and γ_p. */
export function textParts(text: string): TextPart[] {
  return text
    .split(/(?<=γ)_([lp])(?![\p{L}\p{N}])/u)
    .map((part, index) => ({ text: part, lowered: index % 2 === 1 }))
    .filter((part) => part.text !== '');
}

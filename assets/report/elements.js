/** Makes an element of text: names of users may hold markup, which is to be shown. */
export function element(name, className, text) {
  const created = document.createElement(name);
  created.className = className;
  created.textContent = text;
  return created;
}

/** A field with its label. */
export function labeled(text, field) {
  const label = element('label', '', `${text} `);
  label.append(field);
  return label;
}

/** A field that selects one of these, each a value and its text. */
export function select(choices) {
  const field = document.createElement('select');
  for (const [value, text] of choices) {
    // Options take no markup.
    const lowered = text.replace(/γ_([lp])/g, (_, letter) => `γ${letter === 'l' ? 'ₗ' : 'ₚ'}`);
    const option = field.appendChild(element('option', '', lowered));
    option.value = value;
  }
  return field;
}

/** Where a part of a word ends, of which a number is one, as in the plots (src/report/font.ts). */
const PART = /(?<=[_/,=:]|[-.+](?!\d))(?=\S)/u;

/** Characters of a part after which a line may end on paper, and from which on words are broken there. */
const LONG = /(\S{24})(?=\S)/u;

/** A number such as 1e-9. */
const EXPONENT = /([\d.]+e-\d+)/u;

/** Text whose words, such as names of files, go on in the next line where their parts end. */
export function breakable(text) {
  const shown = document.createDocumentFragment();
  for (const word of text.split(/(?<=\s)(?=\S)/u)) {
    word.split(PART).forEach((part, i) => {
      if (i > 0) shown.append(element('wbr', LONG.test(word) ? '' : 'screen', ''));
      part.split(LONG).forEach((piece, j) => {
        // Browsers end lines after hyphens.
        for (const text of piece.split(EXPONENT)) {
          shown.append(EXPONENT.test(text) ? element('span', 'exponent', text) : text);
        }
        if (j % 2 === 1) shown.append(element('wbr', 'paper', ''));
      });
    });
  }
  return shown;
}

/** Text with the paper's symbols: the letter after `_` in a subscript. */
export function inSymbols(text) {
  const shown = document.createDocumentFragment();
  for (const part of text.split(/(γ_[lp])/)) {
    if (!/^γ_[lp]$/.test(part)) shown.append(breakable(part));
    else shown.append('γ', element('sub', '', part[2]));
  }
  return shown;
}

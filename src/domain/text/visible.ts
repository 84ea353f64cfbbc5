/** Formats (zero-width characters, marks that turn the direction of writing, tags), halves of characters, blanks that are no blanks. */
const invisible = /\p{Cf}|\p{Cs}|\p{Variation_Selector}|[\u115f\u1160\u3164\uffa0\u2028\u2029]/gu

/** The text without characters that nobody sees: with them it is not what it looks like. */
export function visible(text: string): string {
  return text.replace(invisible, (character) => (character === '\u2028' || character === '\u2029' ? ' ' : ''))
}

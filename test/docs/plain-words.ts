/**
 * What nobody has to read at three in the morning in a second language, and what stands for it: the product's own words
 * are plain. A pattern meets the forms of a word; it is for sentences, not for names of things (see `sentences`).
 */
export const refusedWords: readonly { not: RegExp; but: string }[] = [
  { not: /\bmend(s|ed|ing)?\b/i, but: 'fix' },
  { not: /\bdark\b/i, but: 'unreachable' },
  { not: /\b(told|tells?|telling)\b/i, but: 'reported, shown, known' },
  { not: /\blook(s|ed|ing)?\b(?!-)/i, but: 'check, keeps checking' },
  { not: /\banew\b/i, but: 'again' },
  { not: /\bin (the|its|their) way\b/i, but: 'blocking' },
  { not: /\bow(e|es|ed|ing)\b/i, but: 'outstanding' },
  { not: /\bto be done by somebody\b/i, but: 'outstanding' },
  { not: /\b(stand|stands|stood|standing) still\b/i, but: 'does not advance; has stopped' },
  { not: /\b(come|comes|came|coming) round\b/i, but: 'loops' },
  { not: /\bhand(s|ed|ing)? ((the|its) (pair|lease) )?in\b/i, but: 'release the lease' },
  { not: /\bcarr(y|ies|ied|ying)( \S+){0,5} over\b/i, but: 'migrate' },
  { not: /\bsecond word\b/i, but: 'a second confirmation' },
  { not: /\bso be it\b/i, but: 'go ahead' },
  { not: /\bby hand\b/i, but: 'manually' },
  { not: /\bbeliev(e|es|ed|ing)\b|\bno word of\b/i, but: 'is always verified' },
]

/** The refused words of a text, as a person has to read it: what is code, an address or a path is none of it. */
export function refusedIn(text: string): string[] {
  const read = sentences(text)
  return refusedWords.flatMap(({ not, but }) => {
    const found = not.exec(read)
    return found === null ? [] : [`"${found[0]}" (say: ${but}) in "${around(read, found.index)}"`]
  })
}

/** Without code in back quotes, links' targets and names of tests: what is left is written for people. */
function sentences(text: string): string {
  return text
    .replaceAll(/^ *```[^]*?^ *```$/gm, ' ')
    .replaceAll(/`[^`\n]*`/g, ' ')
    .replaceAll(/\]\([^)]*\)/g, '] ')
    .replaceAll(/https?:\S+/g, ' ')
}

function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - 50), at + 60).replaceAll(/\s+/g, ' ')
}

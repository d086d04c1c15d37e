/**
 * When two names are the same (spec/23-entities.md §3). Whoever reads a register must not take one
 * company for another, so the comparison forgets everything a reader may overlook: case, accents,
 * punctuation, spacing, letters of other scripts that look alike, and the legal form at the end.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'

/**
 * Legal forms, as words of the compared text. Longest first is not needed: they are cut one word
 * at a time from the end, so `(PVT) LTD` goes in two steps.
 */
const legalFormWords = new Set([
  'AG',
  'BV',
  'CO',
  'COMPANY',
  'CORP',
  'CORPORATION',
  'DMCC',
  'FZC',
  'FZCO',
  'FZE',
  'FZLLC',
  'GMBH',
  'INC',
  'INCORPORATED',
  'JSC',
  'LIMITED',
  'LLC',
  'LLP',
  'LP',
  'LTD',
  'NPO',
  'PJSC',
  'PLC',
  'PRIVATE',
  'PTE',
  'PTY',
  'PVT',
  'SA',
  'SARL',
  'SMC',
  'SPC',
  'WLL',
])

/**
 * Letters that look like a Latin capital, after case folding: Greek, Cyrillic, Armenian, Cherokee,
 * Lisu, Coptic, and Latin ones of another shape or with a stroke, which is no mark of its own.
 * Beside them the Arabic letters that Urdu and Arabic keyboards type differently.
 */
const lookAlikes = new Map(
  Object.entries({
    A: '\u{391}\u{410}\u{13aa}\u{a4ee}\u{2c80}\u{2c6d}',
    B: '\u{392}\u{412}\u{13f4}\u{a4d0}\u{2c82}',
    C: '\u{421}\u{13df}\u{a4da}\u{2ca4}',
    D: '\u{500}\u{13a0}\u{a4d3}\u{110}\u{189}\u{d0}',
    E: '\u{395}\u{415}\u{13ac}\u{a4f0}',
    F: '\u{a4dd}',
    G: '\u{50c}\u{13c0}\u{a4d6}\u{a7ac}',
    H: '\u{397}\u{41d}\u{4ba}\u{13bb}\u{a4e7}\u{2c8e}\u{126}',
    I: '\u{399}\u{406}\u{4c0}\u{a4f2}\u{2c92}\u{197}',
    J: '\u{37f}\u{408}\u{13ab}\u{a4d9}',
    K: '\u{39a}\u{41a}\u{13e6}\u{a4d7}\u{2c94}',
    L: '\u{13de}\u{a4e1}\u{141}',
    M: '\u{39c}\u{41c}\u{13b7}\u{a4df}\u{2c98}',
    N: '\u{39d}\u{a4e0}\u{2c9a}',
    O: '\u{39f}\u{41e}\u{555}\u{a4f3}\u{2c9e}\u{d8}',
    P: '\u{3a1}\u{420}\u{13e2}\u{a4d1}\u{2ca2}',
    Q: '\u{51a}',
    R: '\u{13a1}\u{a4e3}',
    S: '\u{405}\u{13da}\u{a4e2}',
    T: '\u{3a4}\u{422}\u{13a2}\u{a4d4}\u{2ca6}\u{166}',
    U: '\u{54d}\u{a4f4}',
    V: '\u{474}\u{13d9}\u{a4e6}',
    W: '\u{51c}\u{13d4}\u{a4ea}',
    X: '\u{3a7}\u{425}\u{a4eb}\u{2cac}',
    Y: '\u{3a5}\u{423}\u{4ae}\u{13a9}\u{a4ec}\u{2ca8}',
    Z: '\u{396}\u{13c3}\u{a4dc}\u{2c8c}\u{1b5}',
    '\u{6cc}': '\u{649}\u{64a}',
    '\u{6a9}': '\u{643}',
    '\u{647}': '\u{629}\u{6c1}',
  }).flatMap(([letter, alike]) => Array.from(alike, (sign) => [sign, letter] as const)),
)

/**
 * Marks of Latin, Greek and Cyrillic, strokes and enclosures laid over a letter, Arabic vowel signs
 * and stretching. Marks of other scripts are vowels.
 */
const overlooked = new RegExp(
  '[\u{300}-\u{36f}\u{483}-\u{489}\u{1ab0}-\u{1aff}\u{1dc0}-\u{1dff}\u{20d0}-\u{20ff}' +
    '\u{fe20}-\u{fe2f}\u{610}-\u{61a}\u{640}\u{64b}-\u{65f}\u{670}\u{6d6}-\u{6ed}]',
  'gu',
)
/** What takes no room on the page: zero-width, direction marks, variation selectors, controls. */
const invisible = /[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/gu
/** Signs inside a word, some of them letters by category: `O'Neil`, `L.L.C.` are one word each. */
const insideWords = /['’‘`´.·\u{2b9}-\u{2bf}\u{2c8}\u{2ca}\u{2cb}\u{a78b}\u{a78c}]/gu

/**
 * The form by which names are compared: capitals, digits and letters without spaces.
 *
 * Total, idempotent, and never empty for a name that holds a letter or digit. Two names are the
 * same on a register exactly when their normalized forms are equal.
 *
 * @see spec/23-entities.md §3
 */
export function normalizeName(name: string): string {
  const words = wordsOf(name)
  if (words[0] === 'THE' && words.length > 1) words.shift()
  while (words.length > 1 && isLegalForm(words)) words.pop()
  return words.join('')
}

/**
 * How a name is written on the register: composed, single spaces, no invisible signs but the
 * joiners that Urdu and Devanagari spelling needs.
 */
export function printName(name: string): string {
  return name
    .replaceAll(/[\p{Z}\t\n\v\f\r]+/gu, ' ')
    .replaceAll(invisible, (sign) => (/[\u{200c}\u{200d}]/u.test(sign) ? sign : ''))
    .normalize('NFC')
    .trim()
}

/**
 * The name as it goes on the register.
 *
 * @throws {SezError} `NAME_REQUIRED` when it holds no letter or digit.
 */
export function registrableName(name: string, field: string): string {
  const printed = printName(name)
  if (normalizeName(printed) === '') throw new SezError('NAME_REQUIRED', { field })
  return printed
}

function wordsOf(name: string): string[] {
  const folded = name
    .normalize('NFKD')
    .replaceAll(/[\t\n\v\f\r]/gu, ' ')
    .replaceAll(invisible, '')
    // Before folding too: the capital of the iota below a letter is a letter of its own.
    .replaceAll(overlooked, '')
    // Lower before upper case: ß, final sigma and dotless i each meet their other forms.
    .toLowerCase()
    .toUpperCase()
    .normalize('NFKD')
    .replaceAll(overlooked, '')
    .replaceAll('&', ' AND ')
    .replaceAll('+', ' PLUS ')
    .replaceAll(insideWords, '')
    .replaceAll(/\p{Nd}/gu, digitOf)
    .replaceAll(/./gsu, (letter) => lookAlikes.get(letter) ?? letter)
  return folded
    .normalize('NFC')
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== '')
}

function isLegalForm(words: readonly string[]): boolean {
  const last = words.at(-1)
  return last !== undefined && legalFormWords.has(last)
}

/** The ASCII digit of a decimal digit of any script: Unicode keeps each script's ten together. */
function digitOf(sign: string): string {
  const code = sign.codePointAt(0) ?? 0
  let zero = code
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  return String(code - zero)
}

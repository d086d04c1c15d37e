import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeName, printName, registrableName } from './name.ts'

describe('names that are the same', () => {
  test.each([
    ['case', 'Indus Textiles', 'INDUS textiles'],
    ['accents', 'Café Liberté', 'Cafe Liberte'],
    ['composed and decomposed', 'Caf\u{e9}', 'Cafe\u{301}'],
    ['spacing', 'Data Soft', 'DataSoft'],
    ['spaces that look alike', 'Indus\u{a0}\u{2003}Textiles', 'Indus Textiles'],
    ['zero-width signs', 'Indus\u{200b}\u{feff} Tex\u{ad}tiles', 'Indus Textiles'],
    ['variation selectors', 'Indus\u{fe0f} Tex\u{e0100}tiles', 'Indus Textiles'],
    ['every other sign that is never drawn', 'In\u{17b4}d\u{180b}u\u{2065}s\u{fff0}', 'Indus'],
    ['strokes and marks laid over', 'I\u{20d2}n\u{1dc4}d\u{1ab0}u\u{fe20}s\u{489}', 'Indus'],
    ['letters with a stroke', '\u{141}\u{f8}\u{111}\u{127}', 'Lodh'],
    ['iota below', 'Indus\u{345}', 'Indus'],
    ['letters used as apostrophes', 'O\u{2b9}Ne\u{2bb}i\u{a78c}l', "O'Neil"],
    ['Cherokee, Lisu and Coptic', '\u{13aa}\u{13df}\u{a4df}\u{a4f0} \u{2c9e}\u{2c98}', 'ACME OM'],
    ['rarer Cyrillic', '\u{51a}\u{51c}\u{4c0}', 'QWI'],
    ['direction marks', '\u{202e}Indus\u{202c}', 'Indus'],
    ['punctuation', 'Indus, Textiles!', 'Indus Textiles'],
    ['signs inside a word', "O'Neil & Sons", 'ONeil and Sons'],
    ['signs for words', 'A + B', 'A plus B'],
    ['legal form', 'Indus (Pvt.) Ltd.', 'Indus Private Limited'],
    ['legal form and none', 'Indus L.L.C.', 'Indus'],
    ['legal forms of elsewhere', 'Indus GmbH', 'Indus FZE'],
    ['article', 'The Indus Company', 'Indus'],
    ['full-width letters', '\u{ff29}\u{ff4e}\u{ff44}\u{ff55}\u{ff53}', 'Indus'],
    ['Cyrillic letters', '\u{0410}\u{0421}\u{041c}\u{0415}', 'ACME'],
    ['Greek letters', '\u{0391}\u{0392}\u{0395}', 'ABE'],
    ['sharp s', 'Straße', 'STRASSE'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
    ['ligatures', 'e\u{fb03}cient', 'efficient'],
    ['Urdu and Arabic digits', '\u{06f1}\u{0662}3 Traders', '123 Traders'],
    [
      'Arabic and Urdu keyboards',
      '\u{0643}\u{062a}\u{0627}\u{0628}\u{064a}',
      '\u{06a9}\u{062a}\u{0627}\u{0628}\u{06cc}',
    ],
    [
      'Arabic vowel signs',
      '\u{0645}\u{064f}\u{062d}\u{0645}\u{062f}',
      '\u{0645}\u{062d}\u{0645}\u{062f}',
    ],
  ])('%s', (_, one, other) => {
    expect(normalizeName(one)).toBe(normalizeName(other))
  })
})

describe('names that are not', () => {
  test.each([
    ['another word', 'Indus Textiles', 'Indus Traders'],
    ['a legal form that is not at the end', 'Limited Edition', 'Edition'],
    ['a name that is a legal form', 'Limited', 'Company'],
    ['a number', 'Indus 1', 'Indus 2'],
    ['Devanagari vowels', '\u{0915}\u{093f}', '\u{0915}\u{0941}'],
  ])('%s', (_, one, other) => {
    expect(normalizeName(one)).not.toBe(normalizeName(other))
  })
})

test('the normalized form is idempotent', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 40 }), (name) => {
      expect(normalizeName(normalizeName(name))).toBe(normalizeName(name))
    }),
    { numRuns: 2_000 },
  )
})

test('the normalized form of what is printed is that of what was written', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 40 }), (name) => {
      expect(normalizeName(printName(name))).toBe(normalizeName(name))
    }),
    { numRuns: 2_000 },
  )
})

test('case and spaces around never matter', () => {
  assert(
    property(string({ maxLength: 40 }), (name) => {
      expect(normalizeName(` ${name.toUpperCase()}  `)).toBe(normalizeName(name))
    }),
  )
})

test('a name is printed composed, with single spaces and without invisible signs', () => {
  expect(printName('  Cafe\u{301} \u{a0} du\u{200b}\tMonde ')).toBe('Caf\u{e9} du Monde')
})

test('what is printed is composed, whatever stood between', () => {
  expect(printName('Cafe\u{fe0f}\u{301}')).toBe('Caf\u{e9}')
  assert(
    property(string({ unit: 'binary', maxLength: 40 }), (name) => {
      expect(printName(name)).toBe(printName(name).normalize('NFC'))
    }),
  )
})

test('joiners that Urdu spelling needs stay in print', () => {
  expect(printName('\u{0628}\u{200c}\u{0628}')).toBe('\u{0628}\u{200c}\u{0628}')
})

test.each(['', '   ', '\u{200b}', '!!!', '🙂', '—'])('NAME_REQUIRED for %j', (name) => {
  expect(() => registrableName(name, 'legalName')).toThrow(
    expect.objectContaining({ code: 'NAME_REQUIRED', details: { field: 'legalName' } }),
  )
})

test('a name with one letter or digit is enough', () => {
  expect(registrableName(' 7 ', 'legalName')).toBe('7')
})

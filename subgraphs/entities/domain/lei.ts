/**
 * Legal Entity Identifiers (ISO 17442): twenty signs, the last two of which check the rest.
 *
 * @module
 */

/**
 * Whether a text is a LEI: eighteen capitals and digits, two digits, and 1 modulo 97 when each
 * letter is read as a number from 10 on (ISO 7064 MOD 97-10).
 */
export function isLei(text: string): boolean {
  if (!/^[0-9A-Z]{18}[0-9]{2}$/.test(text)) return false
  let remainder = 0
  for (const sign of text) {
    const value = Number.parseInt(sign, 36)
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97
  }
  return remainder === 1
}

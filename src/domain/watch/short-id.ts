const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const short = /^[A-Za-z0-9_-]{22}$/
/** Before a text that is no UUID and could be taken for a short one. */
const asIs = '='

/** A UUID in 22 characters (base64url, as Kafka writes topic ids); another text stays what it is. `longId` gives it back. */
export function shortId(id: string): string {
  if (!uuid.test(id)) return short.test(id) || id.startsWith(asIs) ? `${asIs}${id}` : id
  const hex = `${id.replaceAll('-', '')}0`
  return Array.from({ length: 11 }, (_, index) => {
    // Three hex digits are twelve bits: two characters.
    const bits = Number.parseInt(hex.slice(index * 3, index * 3 + 3), 16)
    return alphabet.charAt(bits >> 6) + alphabet.charAt(bits & 63)
  }).join('')
}

/** Also of what earlier builds wrote: a UUID without its dashes. */
export function longId(id: string): string {
  if (id.startsWith(asIs)) return id.slice(1)
  if (/^[0-9a-f]{32}$/.test(id)) return dashed(id)
  if (!short.test(id)) return id
  const hex = Array.from({ length: 11 }, (_, index) => {
    const bits = (alphabet.indexOf(id.charAt(index * 2)) << 6) | alphabet.indexOf(id.charAt(index * 2 + 1))
    return bits.toString(16).padStart(3, '0')
  }).join('')
  return dashed(hex.slice(0, 32))
}

function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
